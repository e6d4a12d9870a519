#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"

namespace drover::hcl {

// A place in a source: 1-based line and column (in bytes), 0-based byte offset.
struct Pos {
  uint32_t line = 0;
  uint32_t column = 0;
  uint32_t offset = 0;
};

// The text of one file, which the syntax tree made from it points into. Immutable.
class Source {
 public:
  Source(std::string file, std::string text);
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  const std::string& file() const { return file_; }
  std::string_view text() const { return text_; }
  Pos pos_at(size_t offset) const;

  // The line that `line` (1-based) numbers, without its end and shortened when very long.
  std::string_view line_text(uint32_t line) const;

 private:
  const std::string file_;
  const std::string text_;
  std::vector<uint32_t> line_starts_;
  std::vector<uint32_t> lines_before_;  // by block of kBlock bytes: how many lines start before its second byte
};

using SourcePtr = std::shared_ptr<const Source>;

// A stretch of a source, end exclusive. Valid as long as a Body or Expression of that source is kept.
struct Range {
  const Source* source = nullptr;
  Pos begin;
  Pos end;

  std::string_view text() const;
};

// A problem at the start of a range: file, line, column and the source line.
Diagnostic error_at(const Range& range, std::string message);
Diagnostic warning_at(const Range& range, std::string message);

}  // namespace drover::hcl
