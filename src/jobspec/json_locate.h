#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// Where things stand in a JSON text. Every function REQUIRES a text that codec::parse_json() reads without an error.
namespace drover::jobspec {

// The form in which paths are compared: "TaskGroups[0].Env[A.b]" → "taskgroups.0.env.a.b". Case does not count, nor how
// a map's entry is written.
std::string path_key(std::string_view path);

using Offsets = std::map<std::string, size_t, std::less<>>;

// The offsets of the values at `paths` and of everything around them, by path_key(): of a member its key, of an element
// of a list its first byte, under "" the root itself. What the text does not have is not in the result. `root` is the
// member of the outermost object that paths start from ("Job", ignoring case); empty: that object itself.
Offsets locate_json(std::string_view text, const std::vector<std::string>& paths, std::string_view root = {});

// A key that its object has had before.
struct RepeatedKey {
  std::string path;  // "TaskGroups[0].Count", from the outermost object
  std::string key;
  size_t offset = 0;
};
std::vector<RepeatedKey> repeated_keys(std::string_view text, size_t limit = 20);

}  // namespace drover::jobspec
