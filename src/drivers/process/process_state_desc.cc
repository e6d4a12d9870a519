#include "codec/describe.h"
#include "drivers/process/process_state.h"

namespace drover::drivers {

void describe(codec::StructBuilder& d, ProcessState& r) {
  auto& [supervisor_pid, supervisor_start_time, task_pid, task_start_time, boot_id, state_dir, task_name, cgroup,
         work_dir, user] = r;
  d.name("ProcessState");
  d.field(1, supervisor_pid, "SupervisorPID");
  d.field(2, supervisor_start_time, "SupervisorStartTime");
  d.field(3, task_pid, "TaskPID");
  d.field(4, task_start_time, "TaskStartTime");
  d.field(5, boot_id, "BootID");
  d.field(6, state_dir, "StateDir");
  d.field(7, task_name, "TaskName");
  d.field(8, cgroup, "Cgroup");
  d.field(9, work_dir, "WorkDir");
  d.field(10, user, "User");
}

ProcessState ProcessState::of(const sys::TaskHandle& handle) {
  return {.supervisor_pid = handle.supervisor.pid,
          .supervisor_start_time = handle.supervisor.start_time,
          .task_pid = handle.task.pid,
          .task_start_time = handle.task.start_time,
          .boot_id = handle.boot_id,
          .state_dir = handle.state_dir,
          .task_name = handle.task_name};
}

sys::TaskHandle ProcessState::process() const {
  return {.supervisor = {.pid = static_cast<pid_t>(supervisor_pid), .start_time = supervisor_start_time},
          .task = {.pid = static_cast<pid_t>(task_pid), .start_time = task_start_time},
          .boot_id = boot_id,
          .state_dir = state_dir,
          .task_name = task_name};
}

}  // namespace drover::drivers
