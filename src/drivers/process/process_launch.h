#pragma once

#include "drivers/driver.h"
#include "drivers/process/process_runtime.h"
#include "sys/supervisor.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

// start() and recover() of the drivers whose tasks run under sys's supervisor.
namespace drover::drivers {

struct LaunchPlan {
  sys::SupervisorSpec spec;  // Without the cgroups.
  sys::CgroupLimits limits;
  bool joins_cgroup_itself = false;     // A launcher does.
  std::function<void(pid_t)> launched;  // Called with the task's process once that runs, if it is not null.
};

// Runs on a pool thread, while the driver is there; `cgroup` is the name of the task's, "" if there are none.
using MakePlan = std::function<Result<LaunchPlan>(const TaskConfig& config, const std::string& cgroup)>;

enum class UseCgroup : uint8_t { Yes, No };

// Starts a task. One of the same allocation and name that an agent left behind which died before it kept the handle is
// adopted instead, also if it has ended meanwhile: nothing runs twice.
net::Task<Result<std::unique_ptr<RunningTask>>> start_process(std::shared_ptr<ProcessShared> shared,
                                                              std::shared_ptr<const ProcessRuntime> runtime,
                                                              TaskConfig config, UseCgroup use_cgroup,
                                                              MakePlan make_plan);

net::Task<Result<std::unique_ptr<RunningTask>>> recover_process(std::shared_ptr<ProcessShared> shared,
                                                                std::shared_ptr<const ProcessRuntime> runtime,
                                                                TaskHandle handle);

// Log files, names and directories: what all plans begin with.
sys::SupervisorSpec supervisor_spec(const TaskConfig& config);

// The CPUs that the task may run on; "": all.
std::string cpus_of(const TaskConfig& config);
// CPU, memory and I/O as the task asks for them.
sys::CgroupLimits resource_limits(const TaskConfig& config, uint64_t pids_max);

std::vector<std::string> env_list(const std::map<std::string, std::string>& env);
std::string search_path(const std::map<std::string, std::string>& env);

}  // namespace drover::drivers
