#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/diagnostics.h"

namespace drover::jobspec {

// Where in a text the fields of a job stand: "TaskGroups[0].Count" → line and column.
class SourceMap {
 public:
  SourceMap() = default;
  SourceMap(std::string file, std::string text) : file_(std::move(file)), text_(std::move(text)) {}

  // The first position of a path wins.
  void add(std::string path, uint32_t line, uint32_t column);

  // The position of a path, or of the nearest thing around it; line 0 without one.
  SourcePos find(std::string_view path) const;

  // The same diagnostics, with a position and its source line where a path but no position was given.
  Diagnostics locate(const Diagnostics& diagnostics) const;

 private:
  struct Place {
    uint32_t line = 0;
    uint32_t column = 0;
  };
  std::string line_text(uint32_t line) const;

  std::string file_;
  std::string text_;
  std::map<std::string, Place, std::less<>> places_;
};

}  // namespace drover::jobspec
