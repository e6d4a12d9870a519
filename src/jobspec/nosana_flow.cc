#include "jobspec/nosana_flow.h"

#include "base/duration.h"
#include "base/strings.h"
#include "jobspec/nosana_results.h"
#include "model/logistics.h"

#include <algorithm>
#include <string_view>

#include <fmt/core.h>

namespace drover::jobspec {
namespace {

using codec::Value;
using model::TaskStateKind;

constexpr int64_t kNanosPerMilli = 1'000'000;

Value milliseconds(WallTime time) {
  if (time.unix_nanos == 0) return {};
  return time.unix_nanos / kNanosPerMilli;
}

// As JavaScript writes it: "2026-11-22T21:08:00.000Z".
std::string iso_time(WallTime time) {
  std::string text = format_time(time);
  text.pop_back();
  return text + fmt::format(".{:03}Z", time.unix_nanos / kNanosPerMilli % 1000);
}

const model::TaskState* state_of(const model::Allocation* alloc, const model::Task& task) {
  if (!alloc) return nullptr;
  const auto it = alloc->task_states.find(task.name);
  return it == alloc->task_states.end() ? nullptr : &it->second;
}

const model::TaskEvent* last_event(const model::TaskState& state, std::string_view type) {
  const model::TaskEvent* found = nullptr;
  for (const model::TaskEvent& event : state.events) {
    if (event.type.str() == type) found = &event;
  }
  return found;
}

std::string detail(const model::TaskEvent& event, const std::string& key) {
  const auto it = event.details.get().find(key);
  return it == event.details.get().end() ? "" : it->second;
}

// In its last run: before that it may have been stopped, and then begun anew.
bool was_killed(const model::TaskState& state) {
  bool killed = false;
  for (const model::TaskEvent& event : state.events) {
    const std::string& type = event.type.str();
    if (type == "Killed" || type == "Killing") killed = true;
    if (type == "Restart Signaled") killed = false;
  }
  return killed;
}

bool was_restarted(const model::TaskState& state) {
  return !state.events.empty() && state.events.back().type.str() == "Restart Signaled";
}

bool is_dead(const model::TaskState* state) {
  return state && state->state == TaskStateKind::Dead;
}

bool is_over(const model::Job& job, const model::Allocation* alloc) {
  return alloc ? alloc->client_terminal() : job.stop;
}

// What failed, in Nosana's words.
struct FlowError {
  std::string event;
  std::string message;
};

std::string error_event(const std::string& type, const std::string& message) {
  const std::string text = to_lower(message);
  const auto has = [&](std::string_view part) { return text.find(part) != std::string::npos; };
  if (type == "Driver Failure") {
    const bool image = has("image") || has("pull access denied") || has("manifest");
    if (image) return "image-pull-error";
    return has("network") || has("volume") || has("mount") ? "resource-error" : "container-runtime-error";
  }
  if (type == "Failed Asset Download" || has("network") || has("volume")) return "resource-error";
  return "operation-error";
}

std::vector<FlowError> errors_of(const model::TaskState& state) {
  std::vector<FlowError> out;
  const bool started = state.started_at.unix_nanos != 0;
  for (const model::TaskEvent& event : state.events) {
    const std::string& type = event.type.str();
    const std::string& message = event.display_message.str();
    // A task that was never begun says only why it never will be.
    const bool given_up = type == "Not Restarting" && !started && out.empty();
    if (flow_event_failed(event) || given_up) out.push_back({.event = error_event(type, message), .message = message});
  }
  return out;
}

Value error_value(const FlowError& error) {
  Value out = Value::Object{{"event", error.event}, {"message", error.message}};
  if (error.event == "image-pull-error") out.set("code", int64_t{404});
  return out;
}

std::string op_status(const model::TaskState* state, FlowEnd end, bool over) {
  if (!state) return over && end == FlowEnd::Stopped ? "stopped" : "init";
  const bool started = state->started_at.unix_nanos != 0;
  if (state->state == TaskStateKind::Running) return "running";
  if (state->state == TaskStateKind::Pending) return started ? "running" : "init";
  const bool killed = was_killed(*state) || !started;
  if (killed && !state->failed) {
    if (end == FlowEnd::Expired) return "success";
    if (end == FlowEnd::HostShutDown) return "failed";
    if (end == FlowEnd::Stopped || started || was_killed(*state)) return "stopped";
  }
  if (state->failed && killed && end == FlowEnd::Expired) return "success";
  return state->failed ? "failed" : "success";
}

// Of a container that ended: its own. Of one that could not be started: Nosana's 2. Of one that was never to be: 0.
Value exit_code(const model::TaskState* state, const std::string& status) {
  if (!state || status == "init" || status == "running") return {};
  if (const auto* ended = last_event(*state, "Terminated")) {
    const auto code = parse_int(detail(*ended, "exit_code"));
    const auto signal = parse_int(detail(*ended, "signal"));
    if (signal && *signal > 0) return 128 + *signal;
    return code.value_or(0);
  }
  const bool could_not_start = last_event(*state, "Driver Failure") != nullptr;
  return int64_t{could_not_start ? 2 : 0};
}

Value diagnostics(const model::TaskState* state, FlowEnd end, const Value& code) {
  Value reason = Value::Object{{"hostShutDown", end == FlowEnd::HostShutDown},
                               {"jobStopped", end == FlowEnd::Stopped},
                               {"jobExpired", end == FlowEnd::Expired}};
  Value out = Value::Object{{"reason", std::move(reason)}};
  const auto* ended = state ? last_event(*state, "Terminated") : nullptr;
  if (!state || state->started_at.unix_nanos == 0) return out;
  const bool running = state->state == TaskStateKind::Running;
  Value engine = Value::Object{{"Status", running ? "running" : "exited"},
                               {"Running", running},
                               {"OOMKilled", ended && detail(*ended, "oom_killed") == "true"},
                               {"ExitCode", code.is_null() ? Value(int64_t{0}) : code},
                               {"Error", ended ? detail(*ended, "exit_message") : ""},
                               {"StartedAt", iso_time(state->started_at)},
                               {"RestartCount", static_cast<int64_t>(state->restarts)}};
  if (state->finished_at.unix_nanos != 0) engine.set("FinishedAt", iso_time(state->finished_at));
  out.set("state", std::move(engine));
  return out;
}

Value line_value(const std::string& stream, const std::string& text, WallTime time) {
  Value out = Value::Object{{"type", stream}, {"log", text}};
  if (time.unix_nanos != 0) out.set("timestamp", iso_time(time));
  return out;
}

Value logs_of(const FlowInputs& in, const model::Task& task, const std::vector<FlowError>& errors, WallTime ended) {
  Value::Array out;
  const auto it = in.logs.find(task.name);
  if (it != in.logs.end()) {
    const auto& lines = it->second;
    const size_t dropped = lines.size() > kMaxFlowLines ? lines.size() - kMaxFlowLines : 0;
    for (size_t i = dropped; i < lines.size(); ++i) {
      out.push_back(line_value(lines[i].stream, lines[i].text, lines[i].time));
    }
  }
  for (const auto& error : errors) out.push_back(line_value("nodeerr", error.message, ended));
  return out;
}

Value op_state(const FlowInputs& in, const model::Task& task, FlowEnd end, bool over) {
  const model::TaskState* state = state_of(in.alloc, task);
  const std::string status = op_status(state, end, over);
  const bool started = state && state->started_at.unix_nanos != 0;
  const Value code = exit_code(state, status);
  const auto errors = state ? errors_of(*state) : std::vector<FlowError>();
  const WallTime ended = state ? state->finished_at : WallTime{};
  Value out = Value::Object{{"operationId", flow_op_id(task)},
                            {"group", flow_op_group(task)},
                            {"providerId", started ? Value(task.name + "-" + in.alloc->id.str()) : Value()},
                            {"status", status},
                            {"startTime", started ? milliseconds(state->started_at) : Value()},
                            {"endTime", status == "running" || status == "init" ? Value() : milliseconds(ended)},
                            {"exitCode", code},
                            {"logs", logs_of(in, task, errors, ended)}};
  if (state) {
    if (Value results = results_in(*state); !results.is_null()) out.set("results", std::move(results));
  }
  if (!errors.empty()) {
    Value list = Value::Array();
    for (const auto& error : errors) list.as_array()->push_back(error_value(error));
    out.set("errors", std::move(list));
  }
  out.set("diagnostics", diagnostics(state, end, code));
  return out;
}

Value secrets(const FlowInputs& in, bool over) {
  Value out = Value::Object{};
  if (over || in.endpoints.empty()) return out;
  const bool hidden = std::ranges::any_of(in.job.task_groups.front().tasks, &model::Task::private_endpoints);
  Value urls = Value::Object{};
  for (const auto& endpoint : in.endpoints) {
    urls.set(endpoint.id, flow_endpoint_value(endpoint));
  }
  out.set("urlmode", hidden ? "private" : "public");
  out.set(in.job.id, std::move(urls));
  return out;
}

// Of a confidential job, while something is to be handed over or when it was not; "" otherwise.
std::string handover_status(const model::Job& job, const model::Allocation* alloc) {
  if (model::awaits_definition(job)) {
    if (!job.stop) return model::kAwaitedDefinition;
    return job.stop_reason == model::kLogisticsError ? model::kLogisticsError : "stopped";
  }
  const bool settled = !model::logistics_of(job).receive || !job.logistics_outcome.empty();
  if (settled || !alloc || !is_over(job, alloc)) return "";
  return model::owes_result(job) ? kAwaitedResult : "running";
}

WallTime end_time(const model::Allocation& alloc) {
  WallTime latest;
  for (const auto& [name, state] : alloc.task_states) {
    if (state.finished_at.unix_nanos > latest.unix_nanos) latest = state.finished_at;
  }
  return latest.unix_nanos == 0 ? alloc.modify_time : latest;
}

}  // namespace

Value flow_endpoint_value(const FlowEndpoint& endpoint) {
  return Value::Object{
      {"opID", endpoint.op}, {"port", endpoint.port}, {"url", endpoint.url}, {"status", endpoint.status}};
}

bool flow_event_failed(const model::TaskEvent& event) {
  constexpr std::string_view kFailures[] = {
      "Driver Failure",           "Setup Failure",         "Failed Validation",    "Unresolved Literal",
      "Failed Artifact Download", "Failed Asset Download", "Failed Restoring Task"};
  return std::ranges::find(kFailures, event.type.str()) != std::end(kFailures);
}

std::string flow_op_id(const model::Task& task) {
  const auto it = task.meta.find("nosana.op");
  return it == task.meta.end() ? task.name : it->second;
}

std::string flow_op_group(const model::Task& task) {
  const auto it = task.meta.find("nosana.group");
  if (it != task.meta.end()) return it->second;
  return task.meta.contains("nosana.op") || task.stage.empty() ? flow_op_id(task) : task.stage;
}

FlowEnd flow_end(const model::Job& job, const model::Allocation* alloc) {
  if (alloc && alloc->client_status == model::ClientStatus::Lost) return FlowEnd::HostShutDown;
  if (job.stop && job.stop_reason == model::kExpired) return FlowEnd::Expired;
  if (alloc && alloc->client_description.str() == "allocation exceeded max_run_duration") return FlowEnd::Expired;
  // What had ended before is not what the stop ended.
  const bool ended_before = alloc && alloc->client_terminal() && alloc->desired_status == model::DesiredStatus::Run;
  return job.stop && !ended_before ? FlowEnd::Stopped : FlowEnd::None;
}

std::string flow_status(const model::Job& job, const model::Allocation* alloc) {
  if (std::string status = handover_status(job, alloc); !status.empty()) return status;
  const FlowEnd end = flow_end(job, alloc);
  if (!is_over(job, alloc)) {
    if (!alloc || alloc->client_status == model::ClientStatus::Pending) return "init";
    return "running";
  }
  switch (end) {
    case FlowEnd::Stopped:
      return "stopped";
    case FlowEnd::HostShutDown:
      return "failed";
    case FlowEnd::None:
    case FlowEnd::Expired:
      break;
  }
  return "success";
}

bool flow_ended(std::string_view status) {
  constexpr std::string_view kGoingOn[] = {"init", "running", model::kAwaitedDefinition, kAwaitedResult};
  return std::ranges::find(kGoingOn, status) == std::end(kGoingOn);
}

std::string flow_progress(const model::Job& job, const model::Allocation* alloc, const model::Task& task) {
  const model::TaskState* state = state_of(alloc, task);
  if (!state) return "init";
  const bool started = state->started_at.unix_nanos != 0;
  switch (state->state) {
    case TaskStateKind::Pending: {
      if (started || was_restarted(*state)) return "restarting";
      if (last_event(*state, "Task Setup")) return "starting";
      return task.depends_on.empty() && task.stage.empty() ? "pending" : "waiting";
    }
    case TaskStateKind::Running:
      return was_killed(*state) ? "stopping" : "running";
    case TaskStateKind::Dead:
      break;
  }
  if (!started) return state->failed ? "failed" : "stopped";
  const bool stopped = was_killed(*state) && flow_end(job, alloc) != FlowEnd::Expired;
  return stopped ? "stopped" : "finished";
}

std::string flow_current_group(const model::Job& job, const model::Allocation* alloc) {
  if (job.task_groups.empty() || is_over(job, alloc)) return "";
  const auto& tasks = job.task_groups.front().tasks;
  for (const model::Task& first : tasks) {
    const std::string group = flow_op_group(first);
    const bool open = std::ranges::any_of(tasks, [&](const model::Task& task) {
      return !is_dead(state_of(alloc, task)) && flow_op_group(task) == group;
    });
    if (open) return group;
  }
  return "";
}

bool flow_group_active(const model::Job& job, const model::Allocation* alloc, const std::string& group) {
  if (job.task_groups.empty() || !alloc || is_over(job, alloc)) return false;
  const std::string current = flow_current_group(job, alloc);
  return std::ranges::any_of(job.task_groups.front().tasks, [&](const model::Task& task) {
    const bool in_turn = task.stage.empty() ? !is_dead(state_of(alloc, task)) : group == current;
    return flow_op_group(task) == group && in_turn;
  });
}

Value nosana_flow_state(const FlowInputs& in) {
  const FlowEnd end = flow_end(in.job, in.alloc);
  const bool over = is_over(in.job, in.alloc);
  const WallTime began = in.alloc ? in.alloc->create_time : in.job.submit_time;
  Value ops = Value::Array();
  const bool visible = in.for_owner || !model::is_confidential(in.job);
  if (visible && !in.job.task_groups.empty()) {
    for (const model::Task& task : in.job.task_groups.front().tasks) {
      ops.as_array()->push_back(op_state(in, task, end, over));
    }
  }
  Value out = Value::Object{{"status", flow_status(in.job, in.alloc)},
                            {"startTime", milliseconds(began)},
                            {"endTime", over && in.alloc ? milliseconds(end_time(*in.alloc)) : Value()},
                            {"opStates", std::move(ops)}};
  const std::string& outcome = in.job.logistics_outcome;
  if (!outcome.empty() && outcome != model::kDelivered) {
    out.set("errors", Value::Array{error_value({.event = model::kLogisticsError, .message = outcome})});
  }
  out.set("secrets", in.job.task_groups.empty() ? Value(Value::Object{}) : secrets(in, over));
  return out;
}

}  // namespace drover::jobspec
