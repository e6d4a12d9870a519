#pragma once

#include "drivers/process/process_runtime.h"

#include <memory>
#include <string_view>

namespace drover::drivers {

// Processes without any isolation; commands join the task's cgroup, if `cgroups` is not null, which outlives this.
std::shared_ptr<const ProcessRuntime> make_plain_runtime(std::string_view driver, const sys::CgroupManager* cgroups);

// The environment that the task was started with.
std::vector<std::string> environment_of(pid_t pid);

}  // namespace drover::drivers
