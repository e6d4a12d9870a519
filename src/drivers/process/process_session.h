#pragma once

#include "drivers/driver.h"
#include "drivers/process/process_runtime.h"

#include <memory>
#include <optional>
#include <string>

namespace drover::drivers {

// A command under way, with our sides of its standard streams; of a terminal there is only `input`.
struct SessionProcess {
  sys::Process process;
  std::string pid_file;
  sys::Fd input;
  sys::Fd output;
  sys::Fd error;
  bool terminal = false;
};

// Blocks shortly.
Result<SessionProcess> start_session(TaskCommand command, std::optional<TerminalSize> terminal);

std::unique_ptr<ExecSession> make_process_session(std::shared_ptr<ProcessShared> shared, std::string cgroup,
                                                  SessionProcess process);

}  // namespace drover::drivers
