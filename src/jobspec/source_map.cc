#include "jobspec/source_map.h"

#include <algorithm>

namespace drover::jobspec {
namespace {

// The path of what is around: "A[0].B" → "A[0]" → "A" → "".
std::string_view parent(std::string_view path) {
  const size_t cut = path.find_last_of(".[");
  return cut == std::string_view::npos ? std::string_view() : path.substr(0, cut);
}

}  // namespace

void SourceMap::add(std::string path, uint32_t line, uint32_t column) {
  places_.try_emplace(std::move(path), Place{line, column});
}

SourcePos SourceMap::find(std::string_view path) const {
  if (places_.empty()) return {};
  for (;; path = parent(path)) {
    const auto it = places_.find(path);
    if (it != places_.end()) return {.file = file_, .line = it->second.line, .column = it->second.column};
    if (path.empty()) return {};
  }
}

Diagnostics SourceMap::locate(const Diagnostics& diagnostics) const {
  Diagnostics out;
  for (Diagnostic diagnostic : diagnostics.all()) {
    if (diagnostic.pos.line == 0) {
      diagnostic.pos = find(diagnostic.path);
      diagnostic.source_line = line_text(diagnostic.pos.line);
    }
    out.add(std::move(diagnostic));
  }
  return out;
}

std::string SourceMap::line_text(uint32_t line) const {
  constexpr size_t kMaxShown = 300;
  if (line == 0) return {};
  size_t start = 0;
  for (uint32_t i = 1; i < line && start != std::string::npos; ++i) {
    start = text_.find('\n', start);
    if (start != std::string::npos) ++start;
  }
  if (start == std::string::npos) return {};
  std::string out = text_.substr(start, std::min(text_.find('\n', start) - start, kMaxShown));
  if (out.ends_with('\r')) out.pop_back();
  return out;
}

}  // namespace drover::jobspec
