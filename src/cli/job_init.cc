#include "cli/commands.h"
#include "cli/new_file.h"
#include "jobspec/example.h"

namespace drover::cli {
namespace {

constexpr std::string_view kDefaultFile = "example.nomad";

Result<int> run(Session& session) {
  const auto& arguments = session.args.positional();
  const std::string path = arguments.empty() ? std::string(kDefaultFile) : arguments[0];
  TRY(during("writing job file",
             write_new_file(path, session.args.on("short") ? jobspec::short_example_job() : jobspec::example_job())));
  session.console.line("Example job file written to " + safe_text(path));
  return kSuccess;
}

}  // namespace

Command job_init_command() {
  return {
      .name = "job init",
      .arguments = "[options] [file]",
      .summary = "Write an example job file",
      .text =
          "Writes an example job file to start from, example.nomad if no other name is given. A file that exists "
          "is left alone.",
      .options = {{"short", "", "Without the comments that explain it."}},
      .exit_codes = "0 on success, 1 if the file exists or cannot be written.",
      .max_arguments = 1,
      .needs_server = false,
      .run = run,
  };
}

}  // namespace drover::cli
