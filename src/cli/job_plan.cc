#include "cli/commands.h"
#include "cli/explanation.h"
#include "cli/job_options.h"
#include "cli/job_source.h"
#include "cli/json.h"
#include "cli/placement.h"
#include "cli/plan_diff.h"

namespace drover::cli {
namespace {

constexpr int kChanges = 1;
constexpr int kPlanError = 255;

bool makes_changes(const Json& response) {
  for (const auto& [group, updates] : response["Annotations"]["DesiredTGUpdates"].members()) {
    for (const char* kind : {"Stop", "Place", "Migrate", "DestructiveUpdate", "Canary"}) {
      if (updates[kind].integer() > 0) return true;
    }
  }
  return false;
}

void show_dry_run(const Session& session, const Json& response, bool system) {
  Console& console = session.console;
  console.line(console.paint(Colour::Bold, "Scheduler dry-run:"));
  const Json failures = response["FailedTGAllocs"];
  if (failures.size() == 0) {
    console.line(console.paint(Colour::Green, "- All tasks successfully allocated."));
  } else {
    console.line(console.paint(Colour::Yellow, system ? "- WARNING: Failed to place allocations on all nodes."
                                                      : "- WARNING: Failed to place all allocations."));
    console.line(indent(failed_placements(failures), "  "));
    if (response["Explanation"].present()) {
      console.line("\n" + format_explanation(session, response["Explanation"]));
    }
  }
  if (const std::string next = response["NextPeriodicLaunch"].text(); !next.empty() && !next.starts_with("0001-")) {
    console.line(fmt::format("- If submitted now, next periodic launch would be at {}.", next));
  }
  console.line();
}

void show_index(const Session& session, const Json& response) {
  const int64_t index = response["JobModifyIndex"].integer();
  Console& console = session.console;
  console.line(console.paint(Colour::Bold, fmt::format("Job Modify Index: {}", index)));
  console.line(
      fmt::format("To submit the job with version verification run:\n\n"
                  "drover job run -check-index {} {}\n\n"
                  "When running the job with the check-index flag, the job will only be run if the\n"
                  "job modify index given matches the server-side version. If the index has\n"
                  "changed, another user has modified the job and the plan's results are\n"
                  "potentially invalid.",
                  index, safe_text(session.args.positional()[0])));
}

Result<int> run(Session& session) {
  TRY_LET(const JobSource source, read_job(session));
  TRY(check_job(session, source));
  TRY_LET(ApiClient api, session.connect());
  codec::Value request = job_request(source, api);
  const bool diff = session.args.get("diff") != "false";
  request.set("Diff", diff);
  TRY_LET(const codec::Value answer,
          during("planning job", api.send("PUT", api_path("/v1/job/", source.id(), "/plan"), request)));
  const Json response(answer);
  if (session.args.on("json")) {
    print_json(session.console, answer);
  } else {
    if (diff && response["Diff"].present()) {
      const auto detail = session.args.on("verbose") ? DiffDetail::Expanded : DiffDetail::Changes;
      session.console.line(format_job_diff(session.console, response["Diff"], detail) + "\n");
    }
    show_dry_run(session, response, Json(source.parsed.tree)["Type"].raw() == "system");
    show_index(session, response);
  }
  return makes_changes(response) ? kChanges : kSuccess;
}

}  // namespace

Command job_plan_command() {
  return {
      .name = "job plan",
      .arguments = "[options] <file>",
      .summary = "Show what running a job file would change",
      .text =
          "Asks the scheduler what it would do with a job file (\"-\" is standard input) without doing it, and shows "
          "how the job differs from the one that is registered.",
      .options = with_job_options({
          {"diff", "", "Show the difference; on unless -diff=false."},
          {"json", "", "Print the server's answer as JSON."},
          {"verbose", "", "Show what is inside of new and of deleted groups and tasks, too."},
          kTemplateOption,
      }),
      .exit_codes = "0 if no allocation would be created or destroyed, 1 if any would be, 255 on an error.",
      .min_arguments = 1,
      .max_arguments = 1,
      .error_status = kPlanError,
      .run = run,
  };
}

}  // namespace drover::cli
