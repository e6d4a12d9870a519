#include "cli/commands.h"
#include "cli/follow.h"
#include "cli/lookup.h"

namespace drover::cli {
namespace {

Result<int> run(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const std::string job, find_job(api, session.args.positional()[0]));
  TRY_LET(const codec::Value answer,
          during("forcing periodic job", api.send("PUT", api_path("/v1/job/", job, "/periodic/force"), {})));
  return follow_answer(session, api, answer, "Force periodic successful");
}

}  // namespace

Command job_periodic_force_command() {
  return {
      .name = "job periodic force",
      .arguments = "[options] <job>",
      .summary = "Launch a periodic job now",
      .text =
          "Launches the next instance of a periodic job at once, even if it is disabled or another instance still "
          "runs.",
      .options = {kDetachOption, {"verbose", "", "Show full ids."}},
      .exit_codes = kFollowExitCodes,
      .min_arguments = 1,
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
