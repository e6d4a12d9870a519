#include "server/child_jobs.h"

#include "base/strings.h"

#include <algorithm>

#include <fmt/core.h>

namespace drover::server {
namespace {

using model::Job;

int64_t unix_seconds(WallTime time) {
  return time.unix_nanos / 1'000'000'000;
}

Result<state::Row<Job>> find_parent(const state::Snapshot& snapshot, const model::JobKey& key) {
  auto job = snapshot.job(key);
  if (!job) return err(ErrorCode::NotFound, "no job \"{}\" in namespace \"{}\"", key.id, key.ns);
  return job;
}

// The parent's specification under another name, without what the server sets.
Job child_of(const Job& parent, std::string id) {
  Job child = parent;
  child.id = id;
  child.name = std::move(id);
  child.parent_id = parent.id;
  child.stop = false;
  child.dispatch_token.clear();
  child.stable = false;
  child.status = model::JobStatus::Pending;
  child.status_description.clear();
  child.version = child.create_index = child.modify_index = child.job_modify_index = 0;
  return child;
}

Status check_payload(const Job& parent, const DispatchRequest& request) {
  const std::string& rule = parent.parameterized->payload;
  if (request.payload.size() > request.max_payload) {
    return err(ErrorCode::InvalidArgument, "Payload exceeds maximum size; {} > {}", request.payload.size(),
               request.max_payload);
  }
  if (rule == "required" && request.payload.empty()) {
    return err(ErrorCode::InvalidArgument, "Payload is not provided but required by parameterized job");
  }
  if (rule == "forbidden" && !request.payload.empty()) {
    return err(ErrorCode::InvalidArgument, "Payload provided but forbidden by parameterized job");
  }
  return Ok{};
}

Status check_meta(const Job& parent, const DispatchRequest& request) {
  const auto& [payload, required, optional] = *parent.parameterized;
  std::vector<std::string> unknown;
  std::vector<std::string> missing;
  for (const auto& [key, value] : request.meta) {
    const bool known =
        std::ranges::find(required, key) != required.end() || std::ranges::find(optional, key) != optional.end();
    if (!known) unknown.push_back(key);
  }
  for (const std::string& key : required) {
    if (!request.meta.contains(key)) missing.push_back(key);
  }
  if (!unknown.empty()) {
    return err(ErrorCode::InvalidArgument, "Dispatch request included unpermitted metadata keys: {}",
               join(unknown, ", "));
  }
  if (!missing.empty()) {
    return err(ErrorCode::InvalidArgument, "Dispatch did not provide required meta keys: {}", join(missing, ", "));
  }
  return Ok{};
}

}  // namespace

Result<ChildLaunch> dispatch(const state::Snapshot& snapshot, const DispatchRequest& request, Random& ids,
                             WallTime now) {
  TRY_LET(const state::Row<Job> parent, find_parent(snapshot, request.parent));
  if (!parent->parameterized || parent->dispatched) {
    return err(ErrorCode::InvalidArgument, "Specified job \"{}\" is not a parameterized job", parent->id);
  }
  if (parent->stop) return err(ErrorCode::Conflict, "Specified job \"{}\" is stopped", parent->id);
  TRY(check_payload(*parent, request));
  TRY(check_meta(*parent, request));

  const std::string suffix = model::EvalId(ids.uuid()).short_str();
  Job child = child_of(*parent, fmt::format("{}/dispatch-{}-{}", parent->id, unix_seconds(now), suffix));
  child.dispatched = true;
  child.dispatch_token = request.idempotency_token;
  child.payload.value = request.payload;
  for (const auto& [key, value] : request.meta) child.meta[key] = value;

  ChildLaunch launch{.command = state::make_command(state::UpsertEvals{}), .job_id = child.id, .eval_id = {}};
  state::RegisterJob command{.job = std::move(child), .enforce_modify_index = {}, .eval = {}, .time = now};
  if (!command.job.is_template()) {
    launch.eval_id = model::EvalId(ids.uuid());
    command.eval = model::make_eval(command.job, launch.eval_id, model::trigger::kJobRegister);
  }
  launch.command = state::make_command(std::move(command));
  return launch;
}

ChildLaunch launch_child(const Job& parent, WallTime launch, Random& ids, WallTime now) {
  Job child = child_of(parent, fmt::format("{}/periodic-{}", parent.id, unix_seconds(launch)));
  child.periodic.reset();
  const std::string id = child.id;
  state::LaunchPeriodic command{
      .ns = parent.ns, .job_id = parent.id, .launch = launch, .child = {}, .eval = {}, .time = now};
  model::EvalId eval_id;
  if (!child.is_template()) {
    eval_id = model::EvalId(ids.uuid());
    command.eval = model::make_eval(child, eval_id, model::trigger::kPeriodicJob);
  }
  command.child = std::move(child);
  return {.command = state::make_command(std::move(command)), .job_id = id, .eval_id = eval_id};
}

Result<ChildLaunch> force_launch(const state::Snapshot& snapshot, const model::JobKey& key, Random& ids, WallTime now) {
  TRY_LET(const state::Row<Job> parent, find_parent(snapshot, key));
  if (!parent->periodic) return err(ErrorCode::InvalidArgument, "job \"{}\" is not a periodic job", key.id);
  if (parent->stop) return err(ErrorCode::Conflict, "job \"{}\" is stopped", key.id);
  WallTime launch{unix_seconds(now) * 1'000'000'000};
  const auto noted = snapshot.periodic_launch(key);
  const bool counts = noted && !model::from_the_future(noted->launch, now);
  if (counts && noted->launch >= launch) launch = noted->launch + std::chrono::seconds(1);
  return launch_child(*parent, launch, ids, now);
}

}  // namespace drover::server
