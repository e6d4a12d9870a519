#include "drivers/alloc_names.h"

#include <algorithm>
#include <cctype>

namespace drover::drivers {

std::string task_cgroup_name(const std::string& alloc_id, const std::string& task) {
  std::string name = alloc_id + "-" + task;
  std::ranges::replace_if(name, [](unsigned char c) { return !std::isalnum(c) && c != '-' && c != '_'; }, '_');
  return name.substr(0, 200);
}

std::string alloc_netns_name(const std::string& alloc_id) {
  return "drover-" + alloc_id;
}

}  // namespace drover::drivers
