#include "cli/commands.h"
#include "cli/follow.h"
#include "cli/json.h"
#include "cli/lookup.h"

namespace drover::cli {
namespace {

Result<int> run(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const std::string job, find_job(api, session.args.positional()[0]));
  codec::Value options;
  options.set("ForceReschedule", session.args.on("force-reschedule"));
  codec::Value request;
  request.set("JobID", job);
  request.set("EvalOptions", std::move(options));
  TRY_LET(const codec::Value answer,
          during("evaluating job", api.send("PUT", api_path("/v1/job/", job, "/evaluate"), request)));
  if (session.args.on("detach")) {
    session.console.line("Created eval ID: \"" + session.short_id(Json(answer)["EvalID"].text()) + "\"");
    return kSuccess;
  }
  return follow_answer(session, api, answer, "");
}

}  // namespace

Command job_eval_command() {
  return {
      .name = "job eval",
      .arguments = "[options] <job>",
      .summary = "Look at a job again",
      .text = "Makes an evaluation of a job, so that the scheduler compares what runs with what should.",
      .options = {{"force-reschedule", "", "Replace failed allocations even if their policy has no attempts left."},
                  kDetachOption,
                  {"verbose", "", "Show full ids."}},
      .exit_codes = kFollowExitCodes,
      .min_arguments = 1,
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
