#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace drover::sys {

struct User {
  std::string name;
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::vector<uint32_t> groups;  // Supplementary groups, `gid` among them.
  std::string home;
  std::string shell;
};

// By name, or by number when the text is one; "user:group" replaces the primary group. NotFound names the user.
Result<User> find_user(std::string_view name);
Result<User> find_user_by_id(uint32_t uid);

// The effective user of this process.
uint32_t current_uid();
inline bool running_as_root() {
  return current_uid() == 0;
}

}  // namespace drover::sys
