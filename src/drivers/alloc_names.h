#pragma once

#include <string>

// What the kernel's objects of allocations and tasks are called.
namespace drover::drivers {

// The cgroup of a supervised task.
std::string task_cgroup_name(const std::string& alloc_id, const std::string& task);

// The network namespace of an allocation that is not on the host's network; it has the name as long as it is needed.
std::string alloc_netns_name(const std::string& alloc_id);

}  // namespace drover::drivers
