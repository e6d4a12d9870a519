#pragma once

#include "drivers/driver.h"
#include "sys/cgroup.h"

#include <string_view>

#include <sys/types.h>

namespace drover::drivers {

// Both leave `at` to the caller; they block shortly.
TaskStats cgroup_stats(const sys::CgroupManager& cgroups, std::string_view name);

// Summed over all descendants of `root`, from /proc: for hosts without cgroups. Processes that have ended do not count.
TaskStats process_stats(pid_t root);

}  // namespace drover::drivers
