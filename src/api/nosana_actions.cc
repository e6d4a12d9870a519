#include "api/nosana_actions.h"

#include "api/find.h"
#include "api/flow.h"
#include "api/node_call.h"
#include "codec/json.h"

#include <algorithm>
#include <utility>

namespace drover::api {
namespace {

using codec::Value;
using Names = std::vector<std::string>;

// Below the time that a proxying agent waits; a task's kill_timeout is 10 s.
constexpr Duration kStopPatience = std::chrono::seconds(25);
constexpr size_t kMaxNodeAnswer = 4096;
constexpr state::TableSet kAllocs = {state::Table::Allocations};

// What is asked for, and what Nosana's node says then.
struct Action {
  const char* done;
  const char* failed;
};

Answer answer_of(const Action& action, const Status& outcome) {
  if (outcome) return {.body = codec::dump(Value::Object{{"message", action.done}})};
  const std::string text = std::string(action.failed) + ": " + outcome.error().message();
  return {.status = 500, .body = codec::dump(Value::Object{{"error", text}})};
}

Names names_of(const std::vector<const model::Task*>& tasks) {
  Names out;
  for (const model::Task* task : tasks) out.push_back(task->name);
  return out;
}

Status check_active(const Flow& flow, const std::string& group) {
  if (flow.tasks_of(group).empty()) return err(ErrorCode::NotFound, "GROUP_NOT_FOUND");
  if (!jobspec::flow_group_active(*flow.job, flow.alloc.get(), group)) {
    return err(ErrorCode::Conflict, "GROUP_NOT_ACTIVE");
  }
  return Ok{};
}

// The task of an operation of an active group, of which nothing else is asked at the moment.
Result<std::string> find_operation(const Flow& flow, const std::string& group, const std::string& op) {
  TRY(check_active(flow, group));
  for (const model::Task* task : flow.tasks_of(group)) {
    if (jobspec::flow_op_id(*task) != op) continue;
    const std::string progress = jobspec::flow_progress(*flow.job, flow.alloc.get(), *task);
    if (progress == "stopping") return err(ErrorCode::Conflict, "OPERATION_STOPPING");
    if (progress == "restarting") return err(ErrorCode::Conflict, "OPERATION_RESTARTING");
    return task->name;
  }
  return err(ErrorCode::NotFound, "OPERATION_NOT_FOUND");
}

net::Task<Status> ask(Context& context, Flow flow, rpc::CallRequest request) {
  request.alloc_id = flow.alloc->id;
  const auto done = co_await ask_node(context, flow.alloc->node_id, std::move(request), kMaxNodeAnswer);
  if (!done) co_return err(done.error());
  co_return Ok{};
}

bool all_dead(const state::Snapshot& snapshot, const model::AllocId& id, const Names& tasks) {
  const auto alloc = snapshot.alloc(id);
  if (!alloc || alloc->client_terminal()) return true;
  return std::ranges::all_of(tasks, [&](const std::string& task) {
    const auto state = alloc->task_states.find(task);
    return state != alloc->task_states.end() && state->second.state == model::TaskStateKind::Dead;
  });
}

net::Task<Status> stop_tasks(Context& context, Flow flow, Names tasks) {
  const auto asked = co_await ask(context, flow, {.method = rpc::CallMethod::TasksStop, .tasks = tasks});
  if (!asked) co_return asked;
  const MonoTime deadline = context.mono() + kStopPatience;
  while (true) {
    const auto snapshot = context.frontend()->snapshot();
    if (all_dead(*snapshot, flow.alloc->id, tasks)) co_return Ok{};
    const Duration left = deadline - context.mono();
    if (left <= Duration(0)) co_return err(ErrorCode::DeadlineExceeded, "OPERATION_STOPPING");
    co_await context.frontend()->wait_for_change(kAllocs, snapshot->table_index(kAllocs), left);
  }
}

net::Task<Status> restart_tasks(Context& context, Flow flow, Names tasks) {
  const rpc::CallRequest request{.method = rpc::CallMethod::TasksRestart, .tasks = std::move(tasks)};
  co_return co_await ask(context, flow, request);
}

// What is in the way of a group: of the groups from the current one up to it, or of the current one if it came before.
Names before(const Flow& flow, const std::string& current, const std::string& target) {
  Names groups;
  for (const model::Task& task : flow.tasks()) {
    const std::string group = jobspec::flow_op_group(task);
    if (std::ranges::find(groups, group) == groups.end()) groups.push_back(group);
  }
  const auto from = std::ranges::find(groups, current), to = std::ranges::find(groups, target);
  const auto end = from < to ? to : std::next(from);
  Names out;
  for (auto group = from; group != end; ++group) {
    for (std::string& name : names_of(flow.tasks_of(*group))) out.push_back(std::move(name));
  }
  return out;
}

net::Task<Status> move(Context& context, Flow flow, std::string target) {
  if (flow.tasks_of(target).empty()) co_return err(ErrorCode::NotFound, "GROUP_NOT_FOUND");
  const std::string current = jobspec::flow_current_group(*flow.job, flow.alloc.get());
  if (!flow.alloc || current.empty()) co_return err(ErrorCode::Conflict, "GROUP_NOT_ACTIVE");
  if (jobspec::flow_group_active(*flow.job, flow.alloc.get(), target))
    co_return err(ErrorCode::Conflict, "GROUP_ACTIVE");
  // Restarted first, as its being over must not end the job.
  const Names again = names_of(flow.tasks_of(target));
  const Names others = before(flow, current, target);
  const bool back = std::ranges::all_of(again, [&](const std::string& name) {
    const auto* state = flow.state_of(name);
    return state && state->state == model::TaskStateKind::Dead;
  });
  if (back) {
    const auto restarted = co_await restart_tasks(context, flow, again);
    if (!restarted) co_return restarted;
  }
  co_return co_await stop_tasks(context, flow, others);
}

Result<Names> chosen_operation(const Request& request, const Flow& flow) {
  TRY_LET(std::string task, find_operation(flow, request.more.at(0), request.more.at(1)));
  return Names{std::move(task)};
}

Result<Names> chosen_group(const Request& request, const Flow& flow) {
  const std::string& group = request.more.at(0);
  TRY(check_active(flow, group));
  return names_of(flow.tasks_of(group));
}

using Choose = Result<Names> (*)(const Request& request, const Flow& flow);
using Perform = net::Task<Status> (*)(Context& context, Flow flow, Names tasks);

net::Task<Result<Answer>> act(Action action, Choose choose, Perform perform, Request request, Context& context) {
  CO_TRY_LET(const Flow flow, find_flow(job_key_of(request), *context.frontend()->snapshot()));
  const auto tasks = choose(request, flow);
  if (!tasks) co_return answer_of(action, err(tasks.error()));
  const Status done = co_await perform(context, flow, *tasks);
  co_return answer_of(action, done);
}

}  // namespace

net::Task<Result<Answer>> stop_operation(Request request, Context& context) {
  constexpr Action kAction{.done = "Operation Stopped", .failed = "Failed to Stop operation"};
  return act(kAction, chosen_operation, stop_tasks, std::move(request), context);
}

net::Task<Result<Answer>> restart_operation(Request request, Context& context) {
  constexpr Action kAction{.done = "Operation restarted", .failed = "Failed to restart operation"};
  return act(kAction, chosen_operation, restart_tasks, std::move(request), context);
}

net::Task<Result<Answer>> stop_operation_group(Request request, Context& context) {
  constexpr Action kAction{.done = "Group Operation Stopped", .failed = "Failed to stop group operations"};
  return act(kAction, chosen_group, stop_tasks, std::move(request), context);
}

net::Task<Result<Answer>> restart_operation_group(Request request, Context& context) {
  constexpr Action kAction{.done = "Group Operation restarted", .failed = "Failed to restart group operations"};
  return act(kAction, chosen_group, restart_tasks, std::move(request), context);
}

net::Task<Result<Answer>> move_to_operation_group(Request request, Context& context) {
  constexpr Action kAction{.done = "Group Operation restarted", .failed = "Failed to restart group operations"};
  CO_TRY_LET(const Flow flow, find_flow(job_key_of(request), *context.frontend()->snapshot()));
  const Status done = co_await move(context, flow, request.more.at(0));
  co_return answer_of(kAction, done);
}

}  // namespace drover::api
