#include "cli/commands.h"
#include "cli/job_options.h"
#include "cli/job_source.h"
#include "cli/json.h"
#include "cli/market_options.h"
#include "cli/monitor.h"
#include "cli/next_launch.h"

namespace drover::cli {
namespace {

// Adds what -check-index asks for.
Status enforce_index(const Session& session, codec::Value& request) {
  if (!session.args.has("check-index")) return Ok{};
  TRY_LET(const uint64_t index, session.args.number("check-index", 0));
  request.set("EnforceIndex", true);
  request.set("JobModifyIndex", static_cast<int64_t>(index));
  return Ok{};
}

Error submission_error(const Error& error) {
  const bool enforced = error.message().find("Enforcing job modify index") != std::string::npos;
  return Error(error.code(), "submitting job: " + error.message() + (enforced ? "\nJob not updated" : ""));
}

void show_template(const Session& session, const Json& job) {
  session.console.line("Job registration successful");
  if (!job["Periodic"].present()) return session.console.line("The job is started when it is dispatched.");
  const std::string next = next_launch_text(job["Periodic"], session.now());
  if (next.empty()) return session.console.line("The job is periodic; it is not started by itself.");
  session.console.line("Approximate next launch time: " + next);
}

// How the definition of a confidential job comes.
std::string definition_hint(const JobSource& source, const Json& way) {
  if (way.raw() != "api-listen") return "The server fetches its definition; see: drover job status " + source.id();
  return fmt::format("It waits for its definition: POST /job/{}/job-definition", source.id());
}

Result<int> run(Session& session) {
  TRY_LET(JobSource source, read_job(session));
  TRY(apply_market_options(session, source.parsed.tree));
  if (session.args.on("output")) {
    TRY(check_syntax(session, source));
    codec::Value shown;
    shown.set("Job", source.parsed.tree);
    print_json(session.console, shown);
    return kSuccess;
  }
  TRY(check_job(session, source));
  TRY_LET(ApiClient api, session.connect());
  codec::Value request = job_request(source, api);
  TRY(enforce_index(session, request));
  const auto answer = api.send("PUT", "/v1/jobs", request);
  if (!answer) return err(submission_error(answer.error()));
  const Json response(*answer);
  const std::string eval_id = response["EvalID"].raw();
  if (const Json way = Json(source.parsed.tree)["Logistics"]["send"]["type"]; way.present()) {
    session.console.line(fmt::format("Job registration successful\n{}", definition_hint(source, way)));
    return kSuccess;
  }
  if (eval_id.empty()) {
    show_template(session, source.parsed.tree);
    return kSuccess;
  }
  if (session.args.on("detach")) {
    session.console.line("Job registration successful\nEvaluation ID: " + response["EvalID"].text());
    return kSuccess;
  }
  return monitor_evaluation(session, api, eval_id, AfterPlacement::WaitForStart);
}

}  // namespace

Command job_run_command() {
  return {
      .name = "job run",
      .arguments = "[options] <file>",
      .summary = "Run a new job or update an existing one",
      .text =
          "Submits the job of a file (HCL, JSON or a Nosana definition; \"-\" is standard input), follows its "
          "evaluation until everything is placed or the reasons are known, and then its deployment until that has "
          "ended. Where there is none it waits for the new allocations to start, as long as they make progress, so "
          "that "
          "a missing image or a bad port is seen at once.",
      .options = with_job_options(with_market_options({
          {"check-index", "index", "Only if the job's modify index on the server is this one; 0: only a new job."},
          {"detach", "", "Print the evaluation's id and return at once."},
          {"output", "", "Print the job as JSON, as it would be sent; needs no server."},
          {"verbose", "", "Show full ids."},
      })),
      .exit_codes =
          "0 when the job is placed and its deployment successful; 1 on an error or a deployment that failed; 2 when "
          "the evaluation failed, not everything could be "
          "placed, or every new allocation failed to start. 130 after Ctrl-C, which does not stop the job.",
      .min_arguments = 1,
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
