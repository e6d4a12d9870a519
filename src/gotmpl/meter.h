#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gotmpl/limits.h"
#include "gotmpl/value.h"

namespace drover::gotmpl {

// Counts what one rendering costs. The first charge beyond a limit fails, and so does every later one.
class Meter {
 public:
  // How deeply values may be nested, so that walking (and destroying) them needs little stack.
  static constexpr uint32_t kMaxValueDepth = 100;

  explicit Meter(const Limits& limits) : limits_(limits) {}

  const Limits& limits() const { return limits_; }
  // The limit that was exceeded, in words.
  const std::optional<Error>& exceeded() const { return exceeded_; }

  Status steps(uint64_t n);
  Status bytes(size_t n);
  Status output(size_t n);
  // Looking for a text of one size in one of another: in the worst case the product of both.
  Status search(size_t text, size_t needle);
  Status check_depth(const Value& value);
  Error exceed(std::string message);

  // A value that was made by a function, charged.
  Result<Value> text(std::string text);
  Result<Value> list(std::vector<Value> items);
  Result<Value> strings(const std::vector<std::string>& items);
  Result<Value> map(MapItems items);
  // Value::frozen(): a copy is charged.
  Result<Value> frozen(const Value& value);

 private:
  const Limits limits_;
  uint64_t steps_ = 0;
  size_t bytes_ = 0;
  size_t output_ = 0;
  std::optional<Error> exceeded_;
};

// A text that grows against the meter; when the budget is spent, appending does nothing more.
class TextBuilder {
 public:
  explicit TextBuilder(Meter& meter) : meter_(meter) {}

  void append(std::string_view text);
  void append(char c) { append(std::string_view(&c, 1)); }
  void append(size_t count, char c);
  bool full() const { return failed_; }
  size_t size() const { return text_.size(); }
  Result<std::string> take();
  // The text as a value; it has been charged already.
  Result<Value> value();

 private:
  Meter& meter_;
  std::string text_;
  bool failed_ = false;
};

}  // namespace drover::gotmpl
