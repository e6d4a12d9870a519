#include "hcl/source.h"

#include <algorithm>
#include <utility>

namespace drover::hcl {
namespace {

constexpr size_t kMaxShownLine = 500;
constexpr size_t kBlock = 64;  // about two lines: finding one's line is a step or two

Diagnostic diagnostic_at(const Range& range, std::string message, Diagnostic::Severity severity) {
  Diagnostic out{.severity = severity, .message = std::move(message)};
  if (range.source == nullptr) return out;
  out.pos = {.file = range.source->file(), .line = range.begin.line, .column = range.begin.column};
  out.source_line = range.source->line_text(range.begin.line);
  return out;
}

}  // namespace

Source::Source(std::string file, std::string text) : file_(std::move(file)), text_(std::move(text)), line_starts_{0} {
  for (size_t end = text_.find('\n'); end != std::string::npos; end = text_.find('\n', end + 1)) {
    line_starts_.push_back(static_cast<uint32_t>(end + 1));
  }
  uint32_t lines = 0;
  lines_before_.reserve(text_.size() / kBlock + 1);
  for (size_t block = 0; block <= text_.size(); block += kBlock) {
    while (lines < line_starts_.size() && line_starts_[lines] <= block) ++lines;
    lines_before_.push_back(lines);
  }
}

Pos Source::pos_at(size_t offset) const {
  uint32_t line = lines_before_[std::min(offset / kBlock, lines_before_.size() - 1)];
  while (line < line_starts_.size() && line_starts_[line] <= offset) ++line;
  return {.line = line,
          .column = static_cast<uint32_t>(offset - line_starts_[line - 1] + 1),
          .offset = static_cast<uint32_t>(offset)};
}

std::string_view Source::line_text(uint32_t line) const {
  if (line == 0 || line > line_starts_.size()) return {};
  std::string_view text = std::string_view(text_).substr(line_starts_[line - 1]);
  text = text.substr(0, std::min(text.find('\n'), kMaxShownLine));
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return text;
}

std::string_view Range::text() const {
  if (source == nullptr) return {};
  return source->text().substr(begin.offset, end.offset - begin.offset);
}

Diagnostic error_at(const Range& range, std::string message) {
  return diagnostic_at(range, std::move(message), Diagnostic::Severity::Error);
}

Diagnostic warning_at(const Range& range, std::string message) {
  return diagnostic_at(range, std::move(message), Diagnostic::Severity::Warning);
}

}  // namespace drover::hcl
