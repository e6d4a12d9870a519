#include "cli/commands.h"
#include "cli/lookup.h"

namespace drover::cli {
namespace {

Result<int> run(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const std::string job, find_job(api, session.args.positional()[0]));
  TRY_LET(Answer answer, during("querying job", api.get(api_path("/v1/job/", job))));
  codec::Value shown;
  shown.set("Job", std::move(answer.value));
  print_json(session.console, shown);
  return kSuccess;
}

}  // namespace

Command job_inspect_command() {
  return {
      .name = "job inspect",
      .arguments = "[options] <job>",
      .summary = "Show a submitted job",
      .text = "Prints a job as the server has it, with all defaults, as JSON that `drover job run` takes back.",
      .options = {{"json", "", ""}, kTemplateOption},
      .min_arguments = 1,
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
