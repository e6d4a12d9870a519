#pragma once

#include "codec/fwd.h"
#include "drivers/driver.h"
#include "drivers/raw_exec/raw_exec_driver.h"
#include "sys/supervisor.h"

#include <memory>
#include <optional>
#include <string>

namespace drover::drivers {

// The driver's part of a handle.
struct RawExecState {
  static constexpr uint32_t kVersion = 1;

  int64_t supervisor_pid = 0;
  uint64_t supervisor_start_time = 0;
  int64_t task_pid = 0;
  uint64_t task_start_time = 0;
  std::string boot_id;
  std::string state_dir;
  std::string task_name;
  std::string cgroup;  // "": none.
  std::string work_dir;
  std::string user;

  static RawExecState of(const sys::TaskHandle& handle);
  sys::TaskHandle process() const;
};
void describe(codec::StructBuilder& d, RawExecState& r);

// REQUIRES that the process of `state` is `task`.
Result<std::unique_ptr<RunningTask>> make_raw_exec_task(std::shared_ptr<RawExecDriver::Shared> shared,
                                                        RawExecState state, sys::SupervisedTask task);

// SIGKILL to all that is left of a task that nobody supervises any more; blocks.
void kill_leftovers(const sys::CgroupManager& cgroups, const RawExecState& state);

}  // namespace drover::drivers
