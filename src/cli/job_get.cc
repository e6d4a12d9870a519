#include "cli/commands.h"
#include "cli/flow_lines.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/lookup.h"
#include "cli/output_format.h"
#include "cli/text.h"
#include "jobspec/nosana_flow.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace drover::cli {
namespace {

using codec::Value;

constexpr int64_t kNanosPerMilli = 1'000'000;
constexpr Duration kWatch = std::chrono::seconds(30);

// A job as Nosana's tools see it: what its operations did, and where.
struct JobView {
  std::string id;
  std::string market;
  std::string node;  // "" while it waits for one
  bool confidential = false;
  Value flow;
  Value urls;

  bool over() const { return jobspec::flow_ended(Json(flow)["status"].raw()); }
  // A job's, in Nosana's words.
  std::string state() const {
    const std::string status = Json(flow)["status"].raw();
    if (status == "stopped") return "STOPPED";
    if (over()) return "COMPLETED";
    return node.empty() ? "QUEUED" : "RUNNING";
  }
};

Result<JobView> read_view(ApiClient& api, const std::string& id) {
  JobView view{.id = id};
  TRY_LET(const Answer job, api.get(api_path("/v1/job/", id)));
  view.market = Json(job.value)["NodePool"].text();
  view.confidential = Json(job.value)["Logistics"].present();
  TRY_LET(Answer flow, api.get(api_path("/v1/job/", id, "/flow")));
  view.flow = std::move(flow.value);
  TRY_LET(const Answer allocs, api.get(api_path("/v1/job/", id, "/allocations")));
  int64_t newest = -1;
  for (const Json alloc : Json(allocs.value).items()) {
    if (alloc["CreateIndex"].integer() <= newest) continue;
    newest = alloc["CreateIndex"].integer();
    view.node = alloc["NodeID"].text();
  }
  view.urls = Value::Array();
  for (const auto& [key, endpoints] : Json(view.flow)["secrets"].members()) {
    if (key == "urlmode") continue;
    for (const auto& [port, endpoint] : endpoints.members()) view.urls.as_array()->emplace_back(endpoint["url"].text());
  }
  return view;
}

// In seconds, if both are known.
std::optional<double> duration_of(const Json& of) {
  const int64_t start = of["startTime"].integer(), end = of["endTime"].integer();
  if (start == 0 || end < start) return std::nullopt;
  return static_cast<double>(end - start) / 1000;
}

void print_head(const Session& session, const JobView& view) {
  session.console.line("Job:        " + safe_text(view.id));
  if (!view.market.empty()) session.console.line("Market:     " + view.market);
  for (const Json url : Json(view.urls).items()) session.console.line("Service:    " + url.text());
}

void print_state(const Session& session, const JobView& view) {
  if (!view.node.empty()) session.console.line("Node:       " + session.short_id(view.node));
  const Json flow(view.flow);
  session.console.line("Start Time: " + time_stamp(flow["startTime"].integer() * kNanosPerMilli));
  if (const auto seconds = duration_of(flow); seconds && view.over()) {
    session.console.line(fmt::format("Duration:   {} seconds", *seconds));
  }
  session.console.line("Status:     " + view.state());
}

void print_operation(const Session& session, const Json& op, bool with_logs) {
  const Console& paint = session.console;
  const auto seconds = duration_of(op);
  std::string title = "- Step " + op["operationId"].text() + " has not run";
  if (op["startTime"].present()) title = "- Executing step " + op["operationId"].text();
  if (seconds) title = fmt::format("- Executed step {} in {}s", op["operationId"].text(), *seconds);
  session.console.line("\n" + paint.paint(Colour::Cyan, title) + (with_logs ? "\n" : ""));
  const bool failed = op["exitCode"].integer() != 0;
  for (const Json line : with_logs ? op["logs"].items() : std::vector<Json>()) {
    const bool red = line["type"].raw() == "nodeerr" || (failed && line["type"].raw() == "stderr");
    const std::string text = line["log"].raw();
    session.console.raw((red ? paint.paint(Colour::Red, text) : text) + "\n");
  }
  const std::string status = op["status"].text();
  if (!op["exitCode"].present() || status == "init") return;
  session.console.line((with_logs ? "\n" : "") + paint.paint(failed || status == "failed" ? Colour::Red : Colour::Green,
                                                             fmt::format("Exited with status {} with code {}", status,
                                                                         op["exitCode"].integer())));
}

void print_operations(const Session& session, const JobView& view, bool with_logs) {
  if (with_logs) session.console.line("Logs:");
  for (const Json op : Json(view.flow)["opStates"].items()) print_operation(session, op, with_logs);
}

// With the keys of Nosana's command.
Value json_view(const JobView& view) {
  const Json flow(view.flow);
  Value executions = Value::Array();
  for (const Json op : flow["opStates"].items()) {
    Value logs = Value::Array();
    for (const Json line : op["logs"].items()) logs.as_array()->emplace_back(line["log"].raw());
    const auto seconds = duration_of(op);
    executions.as_array()->push_back(Value::Object{{"operationId", op["operationId"].raw()},
                                                   {"duration", seconds ? Value(*seconds) : Value()},
                                                   {"logs", std::move(logs)},
                                                   {"exitCode", op["exitCode"].value()},
                                                   {"status", op["status"].raw()}});
  }
  const auto seconds = duration_of(flow);
  return Value::Object{{"job", view.id},
                       {"market", view.market},
                       {"node", view.node},
                       {"status", view.state()},
                       {"start_time", time_stamp(flow["startTime"].integer() * kNanosPerMilli)},
                       {"duration", seconds && view.over() ? Value(*seconds) : Value()},
                       {"service_url", view.urls},
                       {"executions", std::move(executions)}};
}

// The FlowState of a confidential job when it has ended: all of it if it is handed out, to us.
Result<Value> await_result(ApiClient& api, const std::string& job) {
  uint64_t index = 1;
  while (true) {
    TRY_LET(Answer flow, api.get(api_path("/v1/job/", job, "/flow")));
    const std::string status = Json(flow.value)["status"].raw();
    if (status == jobspec::kAwaitedResult) {
      auto result = api.get(api_path("/job/", job, "/results"));
      if (result) return std::move(result->value);
      // Posted to its endpoint, or somebody was faster.
      if (result.error().code() != ErrorCode::InvalidArgument) return err(result.error());
    } else if (jobspec::flow_ended(status)) {
      return std::move(flow.value);
    }
    TRY_LET(const Answer changed, api.get(api_path("/v1/job/", job), {}, Watch{.index = index, .wait = kWatch}));
    index = changed.index;
  }
}

// Waits until the job has ended; what it writes meanwhile is shown unless `quiet`.
Status wait_for_end(Session& session, const ApiClient& api, const std::string& job, bool quiet) {
  const InterruptNote note(session, "No longer watching; the job goes on.");
  return follow_flow_lines(session, api, job, quiet ? FlowLinesShown::None : FlowLinesShown::All);
}

Result<int> run(Session& session) {
  TRY_LET(const OutputFormat format, during("getting job", output_format(session)));
  const bool json = format == OutputFormat::Json;
  TRY_LET(ApiClient api, session.connect());
  TRY_LET(const std::string job, find_job(api, session.args.positional()[0]));
  TRY_LET(JobView view, during("getting job", read_view(api, job)));
  const bool follow = session.args.on("wait") && !view.over();
  if (!json) print_head(session, view);
  if (follow && view.confidential) {
    TRY_LET(Value result, during("waiting for the result", await_result(api, job)));
    TRY_LET(view, during("getting job", read_view(api, job)));
    view.flow = std::move(result);
  } else if (follow) {
    TRY(during("following the job", wait_for_end(session, api, job, json)));
    TRY_LET(view, during("getting job", read_view(api, job)));
  }
  if (json) {
    print_json(session.console, json_view(view));
    return kSuccess;
  }
  print_state(session, view);
  print_operations(session, view, !follow || view.confidential);
  return kSuccess;
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
                  {"json", "", "The same as -format json."},
                  kVerboseOption},
      .exit_codes = "0 on success, 1 on an error, 130 after Ctrl-C.",
      .min_arguments = 1,
      .max_arguments = 1,
      .run = run,
  };
}

}  // namespace drover::cli
