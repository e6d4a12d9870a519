#include "cli/commands.h"
#include "cli/confirm.h"
#include "cli/json.h"
#include "cli/lookup.h"
#include "cli/monitor.h"

namespace drover::cli {
namespace {

Result<int> run(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const std::string job, find_job(api, session.args.positional()[0]));
  if (!confirm_prefix(session, job, fmt::format("Stop job \"{}\"?", safe_text(job)))) {
    session.console.line("Nothing was stopped.");
    return kSuccess;
  }
  net::StringPairs query;
  if (session.args.on("purge")) query.emplace_back("purge", "true");
  TRY_LET(const codec::Value answer,
          during("stopping job", api.send("DELETE", api_path("/v1/job/", job), {}, std::move(query))));
  const Json eval_id = Json(answer)["EvalID"];
  if (eval_id.raw().empty()) {
    session.console.line(fmt::format("Job \"{}\" stopped", safe_text(job)));
    return kSuccess;
  }
  if (session.args.on("detach")) {
    session.console.line(eval_id.text());
    return kSuccess;
  }
  return monitor_evaluation(session, api, eval_id.raw(), AfterPlacement::Return);
}

}  // namespace

Command job_stop_command() {
  return {
      .name = "job stop",
      .arguments = "[options] <job>",
      .summary = "Stop a running job",
      .text =
          "Stops a job: its allocations end, and no new ones are made. The job may be named by the beginning of its "
          "id; then it is asked whether this is the one.",
      .options = {{"detach", "", "Print the evaluation's id and return at once."},
                  {"purge", "", "Forget the job, too, instead of keeping it until garbage collection."},
                  {"yes", "", "Do not ask."},
                  {"verbose", "", "Show full ids."}},
      .exit_codes = "0 on success, 1 on an error, 2 if the evaluation failed.",
      .min_arguments = 1,
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
