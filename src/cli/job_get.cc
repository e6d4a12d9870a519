#include "cli/commands.h"
#include "cli/job_outcome.h"
#include "cli/lookup.h"
#include "cli/output_format.h"

namespace drover::cli {
namespace {

Result<int> get(Session& session) {
  TRY(during("getting job", output_format(session)));
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const std::string job, find_job(api, session.args.positional()[0]));
  TRY_LET(const std::string download, download_path(session, job));
  return show_outcome(session, api, job, download);
}

Result<int> run(Session& session) {
  return in_format(session, get(session));
}

}  // namespace

Command job_get_command() {
  return {
      .name = "job get",
      .arguments = "[options] <job>",
      .summary = "Show a job and what its operations wrote, as Nosana's command does",
      .text =
          "Shows where a job is and was, and for each of its operations (the tasks of its first group) the output, "
          "how long it took and how it ended.",
      .options = {{"wait", "", "Follow the output until the job has ended."},
                  kFormatOption,
                  kSameAsFormatJsonOption,
                  kDownloadOption,
                  kVerboseOption},
      .exit_codes = kOutcomeExitCodes,
      .min_arguments = 1,
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
