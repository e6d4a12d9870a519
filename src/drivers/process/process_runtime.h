#pragma once

#include "base/result.h"
#include "drivers/driver.h"
#include "drivers/exit_watcher.h"
#include "drivers/process/process_state.h"
#include "sys/cgroup.h"
#include "sys/process.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace drover::drivers {

// A process that runs a command in the surroundings of a task; its standard streams are the caller's to set.
struct TaskCommand {
  sys::SpawnSpec spec;
  // Not empty: `spec` only stands for the command, whose own process number is in this file. Removed by the caller.
  std::string pid_file;
  std::vector<sys::Fd> files;  // Behind spec.extra_fds.
};

// What tells the processes of one driver from plain ones. Methods block, and are called on any thread.
class ProcessRuntime {
 public:
  virtual ~ProcessRuntime() = default;

  virtual std::string_view driver() const = 0;

  virtual Result<TaskCommand> command(const ProcessState& state, std::vector<std::string> argv,
                                      std::optional<TerminalSize> terminal) const = 0;

  // Asks the task to end in a better way than by a signal; true if it was asked.
  virtual bool ask_to_stop(const ProcessState&) const { return false; }

  // The main process is the first of its pid namespace: the kernel drops signals that it has no handler for.
  virtual bool has_pid_namespace(const ProcessState&) const { return false; }

  // A failed start, in words of the runtime.
  virtual Error explain(Error error, const ProcessState&) const { return error; }

  // Removes what is left once all processes are gone. Idempotent.
  virtual Status clean_up(const ProcessState&) const { return Ok{}; }
};

// What the tasks of all such drivers of an agent share.
struct ProcessShared {
  static Result<std::shared_ptr<ProcessShared>> create(DriverContext context, sys::CgroupOptions cgroups);

  DriverContext context;
  sys::CgroupManager cgroups;
  std::unique_ptr<ExitWatcher> exits;
};

}  // namespace drover::drivers
