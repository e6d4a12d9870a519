#include "base/duration.h"
#include "cli/commands.h"
#include "cli/json.h"
#include "cli/lookup.h"
#include "cli/market_options.h"

namespace drover::cli {
namespace {

Result<int> run(Session& session) {
  const std::string asked = session.args.get("timeout");
  if (asked.empty()) return err(ErrorCode::InvalidArgument, "extending job: -timeout is needed");
  TRY_LET(const Duration more, during("reading -timeout", parse_timeout(asked)));
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const std::string job, find_job(api, session.args.positional()[0]));
  codec::Value request;
  request.set("Minutes", static_cast<int64_t>(std::chrono::ceil<std::chrono::minutes>(more).count()));
  TRY_LET(const codec::Value answer,
          during("extending job", api.send("PUT", api_path("/v1/job/", job, "/extend"), request)));
  session.console.line(fmt::format("Job \"{}\" may run for {}", safe_text(job),
                                   format_duration(Duration(Json(answer)["Timeout"].integer()))));
  return kSuccess;
}

}  // namespace

Command job_extend_command() {
  return {
      .name = "job extend",
      .arguments = "[options] <job>",
      .summary = "Give a job more time",
      .text = "Adds to the timeout of a job that runs or waits in its market. Time that has passed counts.",
      .options = {{"timeout", "minutes", "How much more: minutes, or with a unit (\"90m\", \"2h\")."}},
      .min_arguments = 1,
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
