#include "cli/commands.h"
#include "cli/explanation.h"
#include "cli/json.h"
#include "cli/lookup.h"

namespace drover::cli {
namespace {

Result<int> run(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const std::string job, find_job(api, session.args.positional()[0]));
  TRY_LET(const Answer answer, during("explaining job", api.get(api_path("/v1/job/", job, "/explain"))));
  if (session.args.on("json")) {
    print_json(session.console, answer.value);
  } else {
    session.console.line(format_explanation(session, answer.value));
  }
  return kSuccess;
}

}  // namespace

Command job_explain_command() {
  return {
      .name = "job explain",
      .arguments = "[options] <job>",
      .summary = "Say why a job is placed as it is, or not",
      .text =
          "Shows for each group of a job why its allocations are where they are, and for each node whether it could "
          "take one more: if not, the first check that fails and what would have to change.",
      .options = {kJsonOption,
                  kTemplateOption,
                  {"verbose", "", "Show full ids and every node that the server tells of."}},
      .min_arguments = 1,
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
