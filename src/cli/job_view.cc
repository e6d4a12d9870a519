#include "cli/job_view.h"

#include "cli/console.h"
#include "cli/text.h"
#include "jobspec/nosana_flow.h"
#include "model/job.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace drover::cli {
namespace {

using codec::Value;

constexpr int64_t kNanosPerMilli = 1'000'000;

// In seconds, if both are known.
std::optional<double> duration_of(const Json& of) {
  const int64_t start = of["startTime"].integer(), end = of["endTime"].integer();
  if (start == 0 || end < start) return std::nullopt;
  return static_cast<double>(end - start) / 1000;
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

}  // namespace

bool JobView::over() const {
  return dead && jobspec::flow_ended(Json(flow)["status"].raw());
}

bool JobView::successful() const {
  const auto ops = Json(flow)["opStates"].items();
  return Json(flow)["status"].raw() == "success" &&
         std::ranges::none_of(ops, [](const Json& op) { return op["status"].raw() == "failed"; });
}

std::string_view state_of(const Json& job) {
  const std::string status = job["Status"].raw();
  if (status == "pending") return "QUEUED";
  if (status == "running") return "RUNNING";
  return job["Stop"].truth() && job["StopReason"].raw() != model::kExpired ? "STOPPED" : "COMPLETED";
}

Result<JobView> read_job_view(ApiClient& api, const std::string& id) {
  JobView view{.id = id};
  TRY_LET(const Answer job, api.get(api_path("/v1/job/", id)));
  view.market = Json(job.value)["NodePool"].text();
  view.state = state_of(job.value);
  view.dead = Json(job.value)["Status"].raw() == "dead";
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
  session.console.line("Status:     " + view.state);
}

void print_operations(const Session& session, const JobView& view, bool with_logs) {
  if (with_logs) session.console.line("Logs:");
  for (const Json op : Json(view.flow)["opStates"].items()) print_operation(session, op, with_logs);
}

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
                       {"status", view.state},
                       {"start_time", time_stamp(flow["startTime"].integer() * kNanosPerMilli)},
                       {"duration", seconds && view.over() ? Value(*seconds) : Value()},
                       {"service_url", view.urls},
                       {"executions", std::move(executions)}};
}

}  // namespace drover::cli
