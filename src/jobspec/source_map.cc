#include "jobspec/source_map.h"

#include <algorithm>

#include "jobspec/json_locate.h"

namespace drover::jobspec {
namespace {

constexpr size_t kBytesPerPlace = 24;  // in HCL as people write it

// The path of what is around: "A[0].B" → "A[0]" → "A" → "".
std::string_view parent(std::string_view path) {
  const size_t cut = path.find_last_of(".[");
  return cut == std::string_view::npos ? std::string_view() : path.substr(0, cut);
}

}  // namespace

SourceMap::SourceMap(std::string file, std::string text) : file_(std::move(file)), text_(std::move(text)) {
  places_.reserve(text_.size() / kBytesPerPlace);
}

SourceMap::SourceMap(JsonSource source)
    : file_(std::move(source.file)),
      text_(std::move(source.text)),
      json_(true),
      root_(std::move(source.root)),
      to_root_(source.nearest) {}

void SourceMap::add(std::string path, uint32_t line, uint32_t column) {
  places_.try_emplace(std::move(path), Place{line, column});
}

SourcePos SourceMap::find(std::string_view path) const {
  if (!json_) return nearest(places_, path);
  return nearest(json_places({std::string(path)}), path_key(path));
}

SourcePos SourceMap::nearest(const Places& places, std::string_view path) const {
  if (places.empty()) return {};
  const bool root = path.empty() || to_root_ == Nearest::Yes;
  for (;; path = parent(path)) {
    if (path.empty() && !root) return {};
    const auto it = places.find(path);
    if (it != places.end()) return {.file = file_, .line = it->second.line, .column = it->second.column};
    if (path.empty()) return {};
  }
}

SourceMap::Places SourceMap::json_places(const std::vector<std::string>& paths) const {
  Places places;
  for (const auto& [key, offset] : locate_json(text_, paths, root_)) {
    const SourcePos pos = at_offset(offset);
    places[key] = {pos.line, pos.column};
  }
  return places;
}

Diagnostics SourceMap::locate(const Diagnostics& diagnostics) const {
  std::vector<std::string> paths;
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    if (json_ && diagnostic.pos.line == 0) paths.push_back(diagnostic.path);
  }
  const Places found = paths.empty() ? Places() : json_places(paths);
  Diagnostics out;
  for (Diagnostic diagnostic : diagnostics.all()) {
    if (diagnostic.pos.line == 0) {
      diagnostic.pos = json_ ? nearest(found, path_key(diagnostic.path)) : nearest(places_, diagnostic.path);
      diagnostic.source_line = shown_line(diagnostic.pos);
    }
    out.add(std::move(diagnostic));
  }
  return out;
}

SourcePos SourceMap::at_offset(size_t offset) const {
  const std::string_view before = std::string_view(text_).substr(0, offset);
  const size_t newline = before.rfind('\n');
  return {.file = file_,
          .line = static_cast<uint32_t>(1 + std::count(before.begin(), before.end(), '\n')),
          .column = static_cast<uint32_t>(newline == std::string_view::npos ? offset + 1 : offset - newline)};
}

std::string SourceMap::shown_line(const SourcePos& pos) const {
  constexpr size_t kMaxShown = 300;
  if (pos.line == 0 || pos.column > kMaxShown) return {};
  size_t start = 0;
  for (uint32_t i = 1; i < pos.line && start != std::string::npos; ++i) {
    start = text_.find('\n', start);
    if (start != std::string::npos) ++start;
  }
  if (start == std::string::npos) return {};
  std::string out = text_.substr(start, std::min(text_.find('\n', start) - start, kMaxShown));
  if (out.ends_with('\r')) out.pop_back();
  return out;
}

}  // namespace drover::jobspec
