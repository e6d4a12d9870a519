#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace drover::cli {

// `drover agent`, which this folder may not include: gets the arguments after "agent", returns the exit status.
using AgentCommand = std::function<int(std::vector<std::string> arguments)>;

struct Session;

// The part of `drover operator simulate` that speaks to `servers` ("host:port").
using SimulateCommand = std::function<Result<int>(Session& session, const std::vector<std::string>& servers)>;

// All that a command uses of the process it runs in.
struct Environment {
  std::string version;                                                          // "0.1.0"
  std::function<std::optional<std::string>(const std::string& name)> variable;  // getenv
  // All variables of the environment whose names start so.
  std::function<std::vector<std::pair<std::string, std::string>>(const std::string& prefix)> variables;
  std::istream* in = nullptr;
  std::ostream* out = nullptr;
  std::ostream* err = nullptr;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  // Whether Ctrl-C and a closed pipe may end the process, as they should in a program of its own.
  bool owns_process = false;
  const Clock* clock = nullptr;
  AgentCommand agent;
  SimulateCommand simulate;
};

// The real process: getenv, the standard streams, the system's clock.
Environment process_environment(std::string version, AgentCommand agent, SimulateCommand simulate);

// Runs one command; argv[0] is ignored, so that a link called `nomad` behaves the same. The exit status: 0 success,
// 1 error (255 for `job plan`), 2 placed incompletely (`job run`), 127 no such command.
int run(int argc, char** argv, Environment environment);

}  // namespace drover::cli
