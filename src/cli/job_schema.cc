#include "cli/commands.h"
#include "cli/json.h"
#include "jobspec/json_schema.h"

namespace drover::cli {
namespace {

Result<int> run(Session& session) {
  const std::string format = session.args.positional().empty() ? "nomad-json" : session.args.positional()[0];
  if (format == "nomad-json") {
    print_json(session.console, jobspec::nomad_json_schema());
  } else if (format == "nosana") {
    print_json(session.console, jobspec::nosana_json_schema());
  } else {
    return err(ErrorCode::InvalidArgument, "there is no schema \"{}\": nomad-json and nosana are known",
               safe_text(format));
  }
  return kSuccess;
}

}  // namespace

Command job_schema_command() {
  return {
      .name = "job schema",
      .arguments = "[nomad-json|nosana]",
      .summary = "Print a JSON Schema of job files, for editors",
      .text =
          "Prints the JSON Schema (draft-07) of Nomad jobs in JSON or of Nosana job definitions. An editor that knows "
          "it "
          "completes keys, shows what they mean and underlines what is wrong; in VS Code, name the file that it is "
          "saved to in \"json.schemas\".",
      .max_arguments = 1,
      .needs_server = false,
      .run = run,
  };
}

}  // namespace drover::cli
