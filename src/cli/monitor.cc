#include "cli/monitor.h"

#include "cli/deployment_monitor.h"
#include "cli/interrupt.h"
#include "cli/placement.h"
#include "cli/text.h"

#include <algorithm>
#include <array>

namespace drover::cli {
namespace {

constexpr Duration kEvaluationWait = std::chrono::seconds(60);
// How long allocations may go without a sign of life until `job run` stops waiting for them.
constexpr Duration kStartPatience = std::chrono::seconds(10);
// How long it waits at most: some fail to start again and again.
constexpr Duration kStartLimit = std::chrono::minutes(5);

constexpr std::array<std::string_view, 8> kTroubles = {
    "Driver Failure",   "Setup Failure",         "Failed Validation",   "Failed Artifact Download",
    "Task hook failed", "Failed Restoring Task", "Sibling Task Failed", "Not Restarting",
};

bool is_final(const std::string& eval_status) {
  return eval_status == "complete" || eval_status == "failed" || eval_status == "canceled";
}

bool is_trouble(const Json& event) {
  const std::string type = event["Type"].raw();
  if (type == "Terminated") {
    const std::string code = event["Details"]["exit_code"].text();
    return (!code.empty() && code != "0") || event["ExitCode"].integer() != 0;
  }
  return std::ranges::find(kTroubles, type) != kTroubles.end();
}

bool has_started(const Json& alloc) {
  const std::string status = alloc["ClientStatus"].raw();
  return alloc["DesiredStatus"].raw() != "run" || (status != "pending" && !status.empty());
}

bool has_failed(const Json& alloc) {
  const std::string status = alloc["ClientStatus"].raw();
  return status == "failed" || status == "lost";
}

// The deployment that an evaluation goes on with or has begun; "" if there is none.
Result<std::string> deployment_of(ApiClient& api, const Json& eval) {
  if (std::string id = eval["DeploymentID"].raw(); !id.empty()) return id;
  const auto latest = api.get(api_path("/v1/job/", eval["JobID"].raw(), "/deployment"));
  if (!latest && latest.error().code() != ErrorCode::NotFound) {
    return err(Error(latest.error()).context("querying deployment"));
  }
  if (!latest) return std::string();
  const Json deployment(latest->value);
  const bool same = deployment["JobSpecModifyIndex"].integer() == eval["JobModifyIndex"].integer();
  return same ? deployment["ID"].raw() : std::string();
}

}  // namespace

void Monitor::say(std::string_view text) {
  session_.console.line(indent(text, "    "));
  progress_ = true;
}

Result<Answer> Monitor::wait_for_evaluation(const std::string& eval_id) {
  uint64_t index = 0;
  std::string status;
  while (true) {
    TRY_LET(Answer answer, during("querying the evaluation",
                                  api_.get(api_path("/v1/evaluation/", eval_id), {}, Watch{index, kEvaluationWait})));
    const Json eval(answer.value);
    if (status.empty()) show_trigger(eval);
    TRY(show_allocs(eval_id, eval));
    if (const std::string now = eval["Status"].text(); now != status) {
      if (!status.empty()) say(fmt::format("Evaluation status changed: \"{}\" -> \"{}\"", status, now));
      status = now;
    }
    if (is_final(status)) return answer;
    index = std::max<uint64_t>(answer.index, 1);
  }
}

void Monitor::show_trigger(const Json& eval) {
  const std::string cause = eval["TriggeredBy"].raw();
  if (cause == "node-update" || cause == "node-drain") {
    say(fmt::format("Evaluation triggered by node \"{}\"", session_.short_id(eval["NodeID"].text())));
  } else if (eval["JobID"].present()) {
    say(fmt::format("Evaluation triggered by job \"{}\"", eval["JobID"].text()));
  }
}

Status Monitor::show_allocs(const std::string& eval_id, const Json& eval) {
  TRY_LET(const Answer answer, during("querying the evaluation's allocations",
                                      api_.get(api_path("/v1/evaluation/", eval_id, "/allocations"))));
  for (const Json& alloc : Json(answer.value).items()) show_alloc(alloc, eval);
  return Ok{};
}

void Monitor::show_alloc(const Json& alloc, const Json& eval) {
  const std::string status = alloc["ClientStatus"].text();
  const std::string id = session_.short_id(alloc["ID"].text());
  const auto [it, is_new] = seen_.try_emplace(alloc["ID"].raw());
  SeenAlloc& seen = it->second;
  if (is_new) {
    const bool created = alloc["CreateIndex"].integer() >= eval["CreateIndex"].integer();
    std::string node = session_.short_id(alloc["NodeID"].text());
    if (const std::string name = alloc["NodeName"].text(); !name.empty()) node += fmt::format(" ({})", name);
    say(fmt::format("Allocation \"{}\" {}: node \"{}\", group \"{}\"", id, created ? "created" : "modified", node,
                    alloc["TaskGroup"].text()));
    seen.status = created && status != "pending" ? "pending" : status;
  }
  show_troubles(alloc, seen);
  if (seen.status == status) return;
  const std::string reason = alloc["ClientDescription"].text();
  say(fmt::format("Allocation \"{}\" status changed: \"{}\" -> \"{}\"{}", id, seen.status, status,
                  reason.empty() ? "" : " (" + reason + ")"));
  seen.status = status;
}

void Monitor::show_troubles(const Json& alloc, SeenAlloc& seen) {
  for (const auto& [task, state] : alloc["TaskStates"].members()) {
    int64_t& newest = seen.newest_event[task];
    for (const Json& event : state["Events"].items()) {
      const int64_t at = event["Time"].integer();
      if (at <= newest) continue;
      newest = at;
      if (!is_trouble(event)) continue;
      say(session_.console.paint(
          Colour::Red, fmt::format("Allocation \"{}\" task \"{}\": {}: {}", session_.short_id(alloc["ID"].text()), task,
                                   event["Type"].text(), event_message(event))));
    }
  }
}

int Monitor::show_end(const Json& eval) {
  const std::string id = session_.short_id(eval["ID"].text());
  const std::string status = eval["Status"].text();
  const Json failures = eval["FailedTGAllocs"];
  if (failures.size() == 0) {
    const std::string why = eval["StatusDescription"].text();
    session_.console.line(session_.console.paint(
        Colour::Bold, fmt::format("==> Evaluation \"{}\" finished with status \"{}\"{}", id, status,
                                  status == "complete" || why.empty() ? "" : ": " + why)));
    return status == "complete" ? kSuccess : kIncomplete;
  }
  session_.console.line(session_.console.paint(
      Colour::Bold,
      fmt::format("==> Evaluation \"{}\" finished with status \"{}\" but failed to place all allocations:", id,
                  status)));
  say(failed_placements(failures));
  if (const std::string blocked = eval["BlockedEval"].text(); !blocked.empty()) {
    say(fmt::format("Evaluation \"{}\" waiting for additional capacity to place remainder",
                    session_.short_id(blocked)));
  }
  return kIncomplete;
}

Result<int> Monitor::wait_for_start(const std::string& eval_id, const Json& eval) {
  const std::string path = api_path("/v1/evaluation/", eval_id, "/allocations");
  uint64_t index = 0;
  const MonoTime limit = session_.env.clock->mono() + kStartLimit;
  MonoTime deadline = session_.env.clock->mono() + kStartPatience;
  while (true) {
    const Duration patience = std::max<Duration>(deadline - session_.env.clock->mono(), std::chrono::milliseconds(1));
    TRY_LET(const Answer answer,
            during("querying the evaluation's allocations", api_.get(path, {}, Watch{index, patience})));
    progress_ = false;
    const std::vector<Json> allocs = Json(answer.value).items();
    for (const Json& alloc : allocs) show_alloc(alloc, eval);
    if (std::ranges::all_of(allocs, has_started)) {
      const bool none_lives = !allocs.empty() && std::ranges::all_of(allocs, has_failed);
      return none_lives ? kIncomplete : kSuccess;
    }
    if (progress_) deadline = std::min(limit, session_.env.clock->mono() + kStartPatience);
    const bool nothing_new = index != 0 && answer.index <= index;
    if (nothing_new || session_.env.clock->mono() >= deadline) break;
    index = std::max<uint64_t>(answer.index, 1);
  }
  session_.console.line(fmt::format(
      "==> Not every allocation has started yet. To see how they fare: drover job status {}", eval["JobID"].text()));
  return kSuccess;
}

// A deployment of which not everything has found a place may take for ever: it is left alone.
Result<int> Monitor::follow_start(const std::string& eval_id, const Json& eval, bool all_placed) {
  TRY_LET(const std::string deployment, deployment_of(api_, eval));
  if (deployment.empty()) return wait_for_start(eval_id, eval);
  if (all_placed) return follow_deployment(session_, api_, deployment);
  session_.console.line(
      fmt::format("==> The deployment goes on when there is room. To follow it: drover deployment "
                  "status -monitor {}",
                  session_.short_id(safe_text(deployment))));
  return kIncomplete;
}

Result<int> Monitor::follow(std::string eval_id, AfterPlacement after) {
  int worst = kSuccess;
  while (true) {
    session_.console.line(session_.console.paint(
        Colour::Bold, fmt::format("==> Monitoring evaluation \"{}\"", session_.short_id(safe_text(eval_id)))));
    TRY_LET(const Answer answer, wait_for_evaluation(eval_id));
    const Json eval(answer.value);
    const int placed = show_end(eval);
    worst = std::max(worst, placed);
    if (after == AfterPlacement::WaitForStart) {
      TRY_LET(const int outcome, follow_start(eval_id, eval, placed == kSuccess));
      worst = std::max(worst, outcome);
    }
    const std::string next = eval["NextEval"].raw();
    if (next.empty()) return worst;
    eval_id = next;
  }
}

Result<int> monitor_evaluation(const Session& session, ApiClient& api, const std::string& eval_id,
                               AfterPlacement after) {
  const InterruptNote note(session, fmt::format("No longer watching; nothing was stopped. To look again: drover eval "
                                                "status -monitor {}",
                                                session.short_id(safe_text(eval_id))));
  return Monitor(session, api).follow(eval_id, after);
}

}  // namespace drover::cli
