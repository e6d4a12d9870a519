#pragma once

#include <string>

namespace drover::drivers {

// The name of the cgroup that a supervised task gets.
std::string task_cgroup_name(const std::string& alloc_id, const std::string& task);

}  // namespace drover::drivers
