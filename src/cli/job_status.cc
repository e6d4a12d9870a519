#include "cli/job_status.h"

#include "base/duration.h"
#include "cli/alloc_table.h"
#include "cli/commands.h"
#include "cli/deployment_view.h"
#include "cli/json.h"
#include "cli/lookup.h"
#include "cli/next_launch.h"
#include "cli/placement.h"
#include "cli/text.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "model/logistics.h"

#include <algorithm>

namespace drover::cli {
namespace {

constexpr std::string_view kStates[] = {"Queued", "Starting", "Running", "Failed", "Complete", "Lost", "Unknown"};

std::string stopped_text(const Json& job) {
  const std::string reason = job["StopReason"].raw();
  if (reason == model::kExpired) return " (stopped: its timeout has passed)";
  return reason == model::kLogisticsError ? " (stopped: its definition did not come)" : " (stopped)";
}

std::string job_state(const Console& console, const Json& job) {
  const std::string status = job["Status"].text();
  return status_text(console, status) + (status == "dead" && job["Stop"].truth() ? stopped_text(job) : "");
}

// What a confidential job waits for, or how that ended.
std::string logistics_text(const Json& job) {
  if (!job["Logistics"].present()) return "";
  const auto decoded = codec::from_value<model::Job>(job.value());
  return decoded ? safe_text(model::logistics_note(*decoded)) : "";
}

// It runs nothing itself: it launches other jobs.
bool is_template(const Json& job) {
  return job["Periodic"].present() || (job["ParameterizedJob"].present() && !job["Dispatched"].truth());
}

std::string job_facts(const Session& session, const Json& job) {
  Facts facts;
  facts.add("ID", job["ID"].text());
  facts.add("Name", job["Name"].text());
  facts.add("Submit Date", time_stamp(job["SubmitTime"].integer()));
  facts.add("Type", job["Type"].text());
  facts.add("Priority", job["Priority"].text());
  facts.add("Datacenters", comma_list(job["Datacenters"]));
  facts.add("Namespace", job["Namespace"].text());
  facts.add("Status", job_state(session.console, job));
  facts.add_if("Status Description", job["StatusDescription"].text());
  facts.add_if("Logistics", logistics_text(job));
  if (job["Timeout"].integer() > 0) facts.add("Timeout", format_duration(Duration(job["Timeout"].integer())));
  facts.add("Version", job["Version"].text());
  facts.add("Periodic", job["Periodic"].present() ? "true" : "false");
  facts.add("Parameterized", job["ParameterizedJob"].present() ? "true" : "false");
  if (job["Periodic"].present() && !job["Stop"].truth()) {
    facts.add("Next Periodic Launch", or_none(next_launch_text(job["Periodic"], session.now())));
  }
  return facts.format();
}

// What a periodic or parameterized job has to say instead of allocations.
void show_template(const Session& session, const Json& job, const Json& summary) {
  Console& console = session.console;
  if (const Json parameterized = job["ParameterizedJob"]; parameterized.present()) {
    Facts facts;
    facts.add("Payload", parameterized["Payload"].text());
    facts.add("Required Metadata", or_none(comma_list(parameterized["MetaRequired"])));
    facts.add("Optional Metadata", or_none(comma_list(parameterized["MetaOptional"])));
    console.line("\n" + console.paint(Colour::Bold, "Parameterized Job") + "\n" + facts.format());
  }
  Table table({"Pending", "Running", "Dead"});
  const Json children = summary["Children"];
  const auto count = [&](const char* state) { return std::to_string(children[state].integer()); };
  table.add({count("Pending"), count("Running"), count("Dead")});
  console.line("\n" + console.paint(Colour::Bold, "Children Job Summary") + "\n" + table.format());
}

// The jobs that it has launched.
Status show_children(const Session& session, ApiClient& api, const Json& job) {
  const std::string id = job["ID"].raw();
  TRY_LET(const auto jobs, during("querying launched jobs", list_by_prefix(api, "/v1/jobs", id + "/")));
  Table table({"ID", "Status", "Submit Date"});
  for (const codec::Value& value : jobs) {
    const Json child(value);
    if (child["ParentID"].raw() != id) continue;
    table.add({child["ID"].text(), job_state(session.console, child), time_stamp(child["SubmitTime"].integer())});
  }
  const bool periodic = job["Periodic"].present();
  const std::string title = periodic ? "Previously Launched Jobs" : "Dispatched Jobs";
  session.console.line("\n" + session.console.paint(Colour::Bold, title) + "\n" +
                       (table.empty() ? "No jobs have been launched" : table.format()));
  return Ok{};
}

// Replacements of failed allocations that wait for their time.
std::string reschedule_table(const Session& session, const std::vector<Json>& evals) {
  Table table({"Eval ID", "Eval Time"});
  for (const Json& eval : evals) {
    const std::string at = eval["WaitUntil"].text();
    if (eval["Status"].raw() != "pending" || at.empty() || at.starts_with("0001-")) continue;
    table.add({session.short_id(eval["ID"].text()), time_stamp(eval["WaitUntil"])});
  }
  return table.empty() ? "" : table.format();
}

Status show_latest_deployment(const Session& session, ApiClient& api, const std::string& id) {
  TRY_LET(const Answer answer, during("querying deployment", api.get(api_path("/v1/job/", id, "/deployment"))));
  if (answer.value.is_null()) return Ok{};
  Console& console = session.console;
  console.line("\n" + console.paint(Colour::Bold, "Latest Deployment") + "\n" +
               deployment_facts(session, answer.value, DeploymentOf::Job) + "\n\n" +
               console.paint(Colour::Bold, "Deployed") + "\n" + deployment_table(answer.value));
  return Ok{};
}

std::string summary_table(const Json& summary) {
  std::vector<std::string> header = {"Task Group"};
  for (const std::string_view state : kStates) header.emplace_back(state);
  Table table(header);
  for (const auto& [group, counts] : summary["Summary"].members()) {
    std::vector<std::string> row = {group};
    for (const std::string_view state : kStates) row.push_back(std::to_string(counts[state].integer()));
    table.add(std::move(row));
  }
  return table.format();
}

std::string eval_table(const Session& session, const std::vector<Json>& evals) {
  Table table({"ID", "Priority", "Triggered By", "Status", "Placement Failures"});
  for (const Json& eval : evals) {
    table.add({session.short_id(eval["ID"].text()), eval["Priority"].text(), eval["TriggeredBy"].text(),
               status_text(session.console, eval["Status"].text()),
               eval["FailedTGAllocs"].size() > 0 ? "true" : "false"});
  }
  return table.format();
}

// The newest evaluation that could not place everything, if placements are still waiting.
Json failed_placement(const std::vector<Json>& newest_first) {
  const auto is_blocked = [](const Json& eval) { return eval["Status"].raw() == "blocked"; };
  const auto has_failures = [](const Json& eval) { return eval["FailedTGAllocs"].size() > 0; };
  if (std::ranges::none_of(newest_first, is_blocked)) return {};
  const auto found = std::ranges::find_if(newest_first, has_failures);
  return found == newest_first.end() ? Json() : *found;
}

Result<int> run(Session& session) {
  TRY_LET(ApiClient api, session.connect());
  const bool as_json = session.args.on("json");
  if (session.args.positional().empty()) {
    TRY_LET(const Answer answer, during("querying jobs", api.get("/v1/jobs")));
    if (as_json) {
      print_json(session.console, answer.value);
    } else if (Json(answer.value).size() == 0) {
      session.console.line("No running jobs");
    } else {
      session.console.line(job_table(session, answer.value));
    }
    return kSuccess;
  }
  TRY_LET(const std::string id, find_job(api, session.args.positional()[0]));
  if (as_json) {
    TRY_LET(const Answer answer, during("querying job", api.get(api_path("/v1/job/", id))));
    print_json(session.console, answer.value);
    return kSuccess;
  }
  TRY(show_job(session, api, id));
  return kSuccess;
}

}  // namespace

std::string job_table(const Session& session, const codec::Value& jobs) {
  Table table({"ID", "Type", "Priority", "Status", "Submit Date"});
  for (const Json& job : Json(jobs).items()) {
    std::string type = job["Type"].text();
    if (job["Periodic"].truth()) type += "/periodic";
    if (job["ParameterizedJob"].truth()) type += "/parameterized";
    table.add({job["ID"].text(), type, job["Priority"].text(), job_state(session.console, job),
               time_stamp(job["SubmitTime"].integer())});
  }
  return table.format();
}

namespace {

// Where it waits in its market, and why.
void show_queue(const Session& session, ApiClient& api, const Json& job) {
  const std::string pool = job["NodePool"].raw();
  if (pool.empty() || pool == "default" || job["Stop"].truth()) return;
  const auto answer = api.get(api_path("/v1/job/", job["ID"].raw(), "/queue"));
  if (!answer || Json(answer->value)["Position"].integer() == 0) return;
  const Json queue(answer->value);
  Facts facts;
  facts.add("Market", queue["Market"].text());
  facts.add("Position", queue["Position"].text() + " of " + queue["Length"].text());
  facts.add("Reason", queue["Reason"].text());
  session.console.line("\n" + session.console.paint(Colour::Bold, "Queue") + "\n" + facts.format());
}

}  // namespace

Status show_job(const Session& session, ApiClient& api, const std::string& id) {
  Console& console = session.console;
  TRY_LET(const Answer job, during("querying job", api.get(api_path("/v1/job/", id))));
  console.line(job_facts(session, job.value));
  show_queue(session, api, job.value);
  if (session.args.on("short")) return Ok{};
  TRY_LET(const Answer summary, during("querying job summary", api.get(api_path("/v1/job/", id, "/summary"))));
  if (is_template(job.value)) {
    show_template(session, job.value, summary.value);
    return show_children(session, api, job.value);
  }
  console.line("\n" + console.paint(Colour::Bold, "Summary") + "\n" + summary_table(summary.value));

  TRY_LET(const Answer evaluations, during("querying evaluations", api.get(api_path("/v1/job/", id, "/evaluations"))));
  std::vector<Json> evals = Json(evaluations.value).items();
  std::ranges::sort(evals, {}, [](const Json& e) { return std::pair(-e["CreateIndex"].integer(), e["ID"].raw()); });
  if ((session.args.on("evals") || session.args.on("verbose")) && !evals.empty()) {
    console.line("\n" + console.paint(Colour::Bold, "Evaluations") + "\n" + eval_table(session, evals));
  }
  if (const Json failed = failed_placement(evals); failed.present()) {
    console.line("\n" + console.paint(Colour::Bold, "Placement Failure") + "\n" +
                 failed_placements(failed["FailedTGAllocs"]));
  }
  if (const std::string later = reschedule_table(session, evals); !later.empty()) {
    console.line("\n" + console.paint(Colour::Bold, "Future Rescheduling Attempts") + "\n" + later);
  }
  TRY(show_latest_deployment(session, api, id));

  net::StringPairs query;
  if (session.args.on("all-allocs")) query.emplace_back("all", "true");
  TRY_LET(const Answer answer,
          during("querying allocations", api.get(api_path("/v1/job/", id, "/allocations"), std::move(query))));
  const std::vector<Json> allocs = Json(answer.value).items();
  console.line("\n" + console.paint(Colour::Bold, "Allocations") + "\n" +
               (allocs.empty() ? "No allocations placed" : alloc_table(session, allocs, AllocTableOf::Job)));
  return Ok{};
}

Command job_status_command() {
  return {
      .name = "job status",
      .arguments = "[options] [job]",
      .summary = "Show jobs, or one of them",
      .text =
          "Lists the jobs; or shows one, named by its id or the beginning of it: how many allocations are in which "
          "state, the allocations, and why something could not be placed.",
      .options = {{"all-allocs", "", "Also the allocations of an earlier job with the same id."},
                  {"evals", "", "Show the evaluations."},
                  {"short", "", "Only the first block."},
                  kJsonOption,
                  kTemplateOption,
                  kVerboseOption},
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
