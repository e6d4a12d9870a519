#include "drivers/task_cgroup.h"

#include <algorithm>
#include <cctype>

namespace drover::drivers {

std::string task_cgroup_name(const std::string& alloc_id, const std::string& task) {
  std::string name = alloc_id + "-" + task;
  std::ranges::replace_if(name, [](unsigned char c) { return !std::isalnum(c) && c != '-' && c != '_'; }, '_');
  return name.substr(0, 200);
}

}  // namespace drover::drivers
