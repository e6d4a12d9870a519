#include "cli/commands.h"
#include "cli/lookup.h"

namespace drover::cli {
namespace {

std::string named_task(const Session& session) {
  const auto& arguments = session.args.positional();
  return arguments.size() > 1 ? arguments[1] : session.args.get("task");
}

Result<int> run_restart(Session& session) {
  const std::string task = named_task(session);
  if (session.args.on("all-tasks") && !task.empty()) {
    return err(ErrorCode::InvalidArgument, "restarting: -all-tasks restarts every task, so that none may be named");
  }
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const std::string id, find_alloc(api, session.args.positional()[0]));
  codec::Value body;
  body.set("TaskName", task);
  body.set("AllTasks", session.args.on("all-tasks"));
  TRY(during("restarting allocation", api.send("PUT", api_path("/v1/client/allocation/", id, "/restart"), body)));
  return kSuccess;
}

Result<int> run_signal(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const std::string id, find_alloc(api, session.args.positional()[0]));
  codec::Value body;
  body.set("Signal", session.args.get("s", "SIGKILL"));
  body.set("Task", named_task(session));
  TRY(during("signalling allocation", api.send("PUT", api_path("/v1/client/allocation/", id, "/signal"), body)));
  return kSuccess;
}

}  // namespace

Command alloc_restart_command() {
  return {
      .name = "alloc restart",
      .arguments = "[options] <allocation> [task]",
      .summary = "Restart the tasks of an allocation where it is",
      .text =
          "Restarts the running tasks of an allocation, or one of them, on the node and in the directory where they "
          "are. The restart is not delayed and does not count for the restart policy.",
      .options = {{"all-tasks", "",
                   "From the beginning: tasks that have ended run again, too, but for poststop tasks."},
                  {"task", "name", "The task."},
                  kVerboseOption},
      .min_arguments = 1,
      .max_arguments = 2,
      .run = run_restart,
  };
}

Command alloc_signal_command() {
  return {
      .name = "alloc signal",
      .arguments = "[options] <allocation> [task]",
      .summary = "Send a signal to the tasks of an allocation",
      .text = "Sends a signal to all running tasks of an allocation, or to one of them.",
      .options = {{"s", "signal", "The signal's name; SIGKILL if none is given."},
                  {"task", "name", "The task."},
                  kVerboseOption},
      .min_arguments = 1,
      .max_arguments = 2,
      .run = run_signal,
  };
}

}  // namespace drover::cli
