#pragma once

#include <span>
#include <string_view>

namespace drover::jobspec {

// A key that is read and checked, and that this version of Drover cannot give its effect: a job that uses it is refused
// by name. What becomes possible leaves the table in unsupported.cc.
struct UnsupportedKey {
  std::string_view schema;      // as the struct is named in its description
  std::string_view json;        // its key
  std::string_view inert = {};  // values that mean what Drover does anyway, separated by '|'
};
std::span<const UnsupportedKey> unsupported_keys();

}  // namespace drover::jobspec
