#include "cli/commands.h"

namespace drover::cli {
namespace {

Result<int> run(Session& session) {
  session.console.line("Drover v" + session.env.version);
  return kSuccess;
}

}  // namespace

Command version_command() {
  return {
      .name = "version",
      .arguments = "",
      .summary = "Print the version",
      .text = "Prints the version of this program.",
      .exit_codes = "0.",
      .needs_server = false,
      .run = run,
  };
}

}  // namespace drover::cli
