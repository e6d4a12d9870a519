#include "cli/commands.h"
#include "cli/exec_session.h"
#include "cli/terminal.h"

#include <limits>

namespace drover::cli {
namespace {

constexpr std::string_view kDefaultEscape = "~";

Result<std::optional<char>> escape_character(const Session& session) {
  const std::string text = session.args.get("e", kDefaultEscape);
  if (text == "none") return std::optional<char>();
  if (text.size() == 1) return std::optional(text[0]);
  return err(ErrorCode::InvalidArgument, "reading the options: -e needs a single character or \"none\"");
}

Result<int> run(Session& session) {
  const auto& arguments = session.args.positional();
  ExecOptions options{.command = {arguments.begin() + 1, arguments.end()}};
  const bool interactive = is_interactive(session);
  options.input = session.args.get("i", "true") == "true";
  options.terminal = session.args.get("t", interactive && options.input ? "true" : "false") == "true";
  if (options.terminal && !options.input) {
    return err(ErrorCode::InvalidArgument, "reading the options: -i must be enabled if running with -t");
  }
  TRY_LET(options.escape, escape_character(session));
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(options.target, find_task(session, api, arguments[0], session.args.get("task")));
  return run_exec_session(session, api, std::move(options));
}

}  // namespace

Command alloc_exec_command() {
  return {
      .name = "alloc exec",
      .arguments = "[options] <allocation> <command> [arguments]",
      .summary = "Run a command in a task",
      .text =
          "Runs a command in the surroundings of a running task, with this terminal or these pipes as its input and "
          "output. All options stand before the allocation; what follows it is the command's. The task may be left "
          "out where there is but one. In a terminal, ~. at the beginning of a line ends the connection.",
      .options = {{"task", "name", "The task."},
                  {"job", "", "The argument is a job: one of its allocations is taken, a running one if there is any."},
                  {"i", "", "Pass standard input on; -i=false gives the command none."},
                  {"t", "", "Give the command a terminal; the default where standard input and output are one."},
                  {"e", "character", "The escape character instead of ~, or \"none\"."},
                  kVerboseOption},
      .exit_codes = "The command's; 1 if it could not be run.",
      .min_arguments = 2,
      .max_arguments = std::numeric_limits<size_t>::max(),
      .option_order = OptionOrder::First,
      .run = run,
  };
}

}  // namespace drover::cli
