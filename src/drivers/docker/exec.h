#pragma once

#include "drivers/docker/api.h"
#include "drivers/driver.h"

#include <memory>
#include <optional>
#include <string>

namespace drover::drivers {

// One command in a running container, as the daemon knows it.
struct DockerExec {
  DriverContext context;
  std::shared_ptr<const DockerApi> api;
  std::string container;
  std::string id;
};

struct ExecStreams {
  bool input = false;
  std::optional<TerminalSize> terminal;
};

// NotFound if the container does not run. The command is not started yet.
net::Task<Result<DockerExec>> create_exec(DriverContext context, std::shared_ptr<const DockerApi> api,
                                          std::string container, std::vector<std::string> argv, ExecStreams streams);

// `inspected`: an answer of /exec/<id>/json.
bool has_exec_ended(const codec::Value& inspected);

// The daemon has no request for this: SIGKILL to the command's process and its children, if it runs on this machine.
// Does nothing for a command that has ended.
net::Task<void> kill_exec(DockerExec exec);

// Runs a command to its end; killed after the timeout, or when the caller is cancelled.
net::Task<Result<ExecResult>> docker_exec(DriverContext context, std::shared_ptr<const DockerApi> api,
                                          std::string container, ExecRequest request);

}  // namespace drover::drivers
