#include "base/strings.h"
#include "cli/commands.h"
#include "cli/follow.h"
#include "cli/lookup.h"

namespace drover::cli {
namespace {

Result<int> run(Session& session) {
  const auto& arguments = session.args.positional();
  const auto version = parse_int(arguments[1]);
  if (!version || *version < 0) {
    return err(ErrorCode::InvalidArgument, "reverting job: \"{}\" is not a version", safe_text(arguments[1]));
  }
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const std::string job, find_job(api, arguments[0]));
  codec::Value request;
  request.set("JobID", job);
  request.set("JobVersion", *version);
  TRY_LET(const codec::Value answer,
          during("reverting job", api.send("PUT", api_path("/v1/job/", job, "/revert"), request)));
  return follow_answer(
      session, api, answer,
      session.args.on("detach") ? "" : fmt::format("Job \"{}\" reverted to version {}", safe_text(job), *version));
}

}  // namespace

Command job_revert_command() {
  return {
      .name = "job revert",
      .arguments = "[options] <job> <version>",
      .summary = "Go back to an earlier version of a job",
      .text =
          "Registers an earlier version of a job again, as a new version. \"job history\" shows those that are kept.",
      .options = {kDetachOption, {"verbose", "", "Show full ids."}},
      .exit_codes = kFollowExitCodes,
      .min_arguments = 2,
      .max_arguments = 2,
      .run = run,
  };
}

}  // namespace drover::cli
