#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/diagnostics.h"

namespace drover::jobspec {

// Where in a text the fields of a job stand: "TaskGroups[0].Count" → line and column.
class SourceMap {
 public:
  SourceMap() = default;
  // Of a text whose places are told by add().
  SourceMap(std::string file, std::string text);

  // Of JSON, whose places are looked for when they are asked for. REQUIRES that codec::parse_json() reads `text`.
  enum class Nearest : bool { No, Yes };
  struct JsonSource {
    std::string file;
    std::string text;
    std::string root;  // the member that paths start from, as "Job"; empty: the outermost object
    // Whether a path of which not even the first part is there has the root's position.
    Nearest nearest = Nearest::Yes;
  };
  explicit SourceMap(JsonSource source);

  // The first position of a path wins.
  void add(std::string path, uint32_t line, uint32_t column);

  // The position of a path, or of the nearest thing around it; line 0 without one.
  SourcePos find(std::string_view path) const;

  // The same diagnostics, with a position and its source line where a path but no position was given.
  Diagnostics locate(const Diagnostics& diagnostics) const;

  // A place by its offset in the text.
  SourcePos at_offset(size_t offset) const;
  // The line of a place, to be shown with a caret; empty if the caret would be too far to the right (minified JSON).
  std::string shown_line(const SourcePos& pos) const;

 private:
  struct Place {
    uint32_t line = 0;
    uint32_t column = 0;
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view path) const { return std::hash<std::string_view>()(path); }
  };
  // Paths have long beginnings in common: hashing beats comparing.
  using Places = std::unordered_map<std::string, Place, Hash, std::equal_to<>>;

  Places json_places(const std::vector<std::string>& paths) const;
  SourcePos nearest(const Places& places, std::string_view path) const;

  std::string file_;
  std::string text_;
  Places places_;
  bool json_ = false;
  std::string root_;
  Nearest to_root_ = Nearest::Yes;
};

}  // namespace drover::jobspec
