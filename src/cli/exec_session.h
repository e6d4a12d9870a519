#pragma once

#include "cli/command.h"
#include "cli/task_target.h"

#include <optional>
#include <string>
#include <vector>

namespace drover::cli {

struct ExecOptions {
  TaskTarget target;
  std::vector<std::string> command;
  bool terminal = false;
  bool input = true;           // standard input is passed on
  std::optional<char> escape;  // with a terminal
};

// Runs a command in a task, with its input and output being the session's. The command's exit code.
Result<int> run_exec_session(Session& session, const ApiClient& api, ExecOptions options);

}  // namespace drover::cli
