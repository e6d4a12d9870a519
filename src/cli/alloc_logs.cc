#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/tail.h"
#include "cli/task_target.h"

namespace drover::cli {
namespace {

constexpr uint64_t kDefaultLines = 10;

Result<int> run(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  const auto& arguments = session.args.positional();
  const std::string task = arguments.size() > 1 ? arguments[1] : session.args.get("task");
  TRY_LET(const TaskTarget target, find_task(session, api, arguments[0], task));
  TRY_LET(const uint64_t lines, session.args.number("n", kDefaultLines));
  TRY_LET(const uint64_t bytes, session.args.number("c", 0));
  TailOptions options{.follow = session.args.on("f")};
  if (session.args.has("c")) {
    options.bytes = bytes;
  } else if (session.args.on("tail") || session.args.has("n")) {
    options.lines = lines;
  }
  const InterruptNote note(session, "No longer watching; the task goes on.");
  const net::StringPairs query = {
      {"task", target.task}, {"type", session.args.on("stderr") ? "stderr" : "stdout"}, {"plain", "true"}};
  TRY(during("reading logs",
             copy_tail(session, api, api_path("/v1/client/fs/logs/", target.alloc_id), query, options)));
  return kSuccess;
}

}  // namespace

Command alloc_logs_command() {
  return {
      .name = "alloc logs",
      .arguments = "[options] <allocation> [task]",
      .summary = "Print what a task wrote",
      .text =
          "Prints the standard output of a task, as it was written. The allocation is named by its id or the "
          "beginning of it; the task may be left out where there is but one.",
      .options = {{"stderr", "", "Standard error instead of standard output."},
                  {"stdout", "", ""},
                  {"job", "", "The argument is a job: one of its allocations is taken, a running one if there is any."},
                  {"task", "name", "The task."},
                  {"f", "", "Go on with what is written from now on."},
                  {"tail", "", "Only the end: the last 10 lines, or as -n or -c say."},
                  {"n", "lines", "So many lines from the end."},
                  {"c", "bytes", "So many bytes from the end."},
                  kVerboseOption},
      .exit_codes = "0 on success, 1 on an error, 130 after Ctrl-C.",
      .min_arguments = 1,
      .max_arguments = 2,
      .run = run,
  };
}

}  // namespace drover::cli
