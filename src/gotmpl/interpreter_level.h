#pragma once

#include "gotmpl/interpreter.h"

namespace drover::gotmpl {

// One level of evaluation within another; false if there are too many. What bounds the stack.
class Interpreter::Level {
 public:
  Level(Interpreter& interpreter, Range range);
  ~Level() { --interpreter_.depth_; }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

  explicit operator bool() const { return good_; }

 private:
  Interpreter& interpreter_;
  bool good_;
};

}  // namespace drover::gotmpl
