#include "cli/commands.h"
#include "cli/job_options.h"
#include "cli/job_source.h"
#include "cli/json.h"

namespace drover::cli {
namespace {

Result<int> run(Session& session) {
  TRY_LET(const JobSource source, read_job(session));
  TRY(check_job(session, source, jobspec::Purpose::Validate));
  TRY_LET(ApiClient api, session.connect());
  const auto answer = api.send("PUT", "/v1/validate/job", job_request(source, api));
  if (!answer && answer.error().code() == ErrorCode::Unavailable) {
    session.console.warning_line("No agent answered (" + answer.error().message() +
                                 "): the job was checked here, without what the servers know.");
  } else if (!answer) {
    return err(answer.error().context("validating job"));
  } else {
    const Json response(*answer);
    print_warnings(session, response["Warnings"].raw());
    std::string problems;
    for (const Json& problem : response["ValidationErrors"].items()) problems += "\n  * " + problem.text();
    if (problems.empty() && !response["Error"].raw().empty())
      problems = "\n" + printable_lines(response["Error"].raw());
    if (!problems.empty()) return err(Error(ErrorCode::InvalidArgument, "validating job:" + problems));
  }
  session.console.line(session.console.paint(Colour::Green, "Job validation successful"));
  return kSuccess;
}

}  // namespace

Command job_validate_command() {
  return {
      .name = "job validate",
      .arguments = "[options] <file>",
      .summary = "Check whether a job file is correct",
      .text =
          "Checks a job file (\"-\" is standard input) and prints every problem with its line. The server is asked "
          "too; if none answers, a note says so and the job is judged by what can be seen without one.",
      .options = with_job_options(
          {{"strict", "", "A Nosana definition has to pass both of Nosana's own validators; says which refuses it."}}),
      .exit_codes = "0 if the job is correct, 1 if it is not or could not be read.",
      .min_arguments = 1,
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
