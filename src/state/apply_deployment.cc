#include "state/apply.h"
#include "state/deployment_tally.h"

#include <algorithm>
#include <utility>

namespace drover::state {

using model::Allocation;
using model::AllocId;
using model::Deployment;
using model::DeploymentGroup;

namespace {

Result<Row<Deployment>> find_active(const Snapshot& view, const model::DeploymentId& id) {
  Row<Deployment> deployment = view.deployment(id);
  if (!deployment) return err(ErrorCode::NotFound, "no deployment with id {}", id.str());
  if (!deployment->active()) {
    return err(ErrorCode::Conflict, "deployment {} has ended: {}", id.str(), deployment->status_description);
  }
  return deployment;
}

Status check_revert(const Snapshot& view, const std::optional<model::Job>& revert) {
  if (!revert) return Ok{};
  const auto stored = view.job(revert->key());
  if (stored) TRY(check_kind(*stored, *revert));
  return Ok{};
}

// The deployment is about the job as it is stored now.
bool is_current(const Snapshot& view, const Deployment& deployment) {
  const auto job = view.job(deployment.job_key());
  return job && job->create_index == deployment.job_create_index && job->version == deployment.job_version;
}

void write_revert(Draft& draft, const Deployment& deployment, const std::optional<model::Job>& revert, WallTime time) {
  if (revert && is_current(draft.view(), deployment)) write_job(draft, *revert, time);
}

Reply end_command(Draft& draft, const Deployment& deployment, const std::vector<model::Evaluation>& evals,
                  WallTime time) {
  Reply reply;
  const auto job = draft.view().job(deployment.job_key());
  if (job) reply.job_modify_index = job->job_modify_index;
  if (job) reply.job_version = job->version;
  for (const model::Evaluation& eval : evals) {
    const bool of_job = job && eval.job_key() == deployment.job_key();
    write_job_eval(draft, eval, of_job ? job->job_modify_index : eval.job_modify_index, time, reply);
  }
  return reply;
}

bool awaits_promotion(const DeploymentGroup& group) {
  return group.desired_canaries > 0 && !group.promoted;
}

// The groups to promote: those named, or all that wait for it.
Result<std::vector<std::string>> groups_to_promote(const Deployment& deployment, const PromoteDeployment& command) {
  std::vector<std::string> chosen = command.groups;
  for (const std::string& name : chosen) {
    const auto group = deployment.task_groups.find(name);
    if (group == deployment.task_groups.end() || !awaits_promotion(group->second)) {
      return err(ErrorCode::Conflict, "Task group \"{}\" has no canaries to promote", name);
    }
  }
  if (!chosen.empty()) return chosen;
  for (const auto& [name, group] : deployment.task_groups) {
    if (awaits_promotion(group)) chosen.push_back(name);
  }
  if (chosen.empty()) return err(ErrorCode::Conflict, "no canaries to promote");
  return chosen;
}

Status check_healthy(const Snapshot& view, const std::string& name, const DeploymentGroup& group) {
  int32_t healthy = 0;
  for (const AllocId& id : group.placed_canaries) {
    const auto alloc = view.alloc(id);
    if (!alloc || alloc->terminal() || !alloc->deployment_status) continue;
    healthy += alloc->deployment_status->healthy.value_or(false) ? 1 : 0;
  }
  if (healthy >= group.desired_canaries) return Ok{};
  return err(ErrorCode::InvalidArgument, "Task group \"{}\" has {}/{} healthy allocations", name, healthy,
             group.desired_canaries);
}

// Canaries that took over are allocations like any other; their nodes are told.
void promote_canaries(Draft& draft, const DeploymentGroup& group, WallTime time) {
  for (const AllocId& id : group.placed_canaries) {
    const auto stored = draft.view().alloc(id);
    if (!stored || !stored->deployment_status || !stored->deployment_status->canary) continue;
    Allocation alloc = *stored;
    alloc.deployment_status->canary = false;
    alloc.alloc_modify_index = draft.index();
    alloc.modify_time = time;
    draft.put_alloc(std::move(alloc));
  }
}

// Those of whom something was placed have their whole time to make progress again.
void renew_deadlines(Deployment& deployment, WallTime time) {
  for (auto& [name, group] : deployment.task_groups) {
    if (group.require_progress_by != WallTime()) group.require_progress_by = time + group.progress_deadline;
  }
}

Status check_members(const Snapshot& view, const Deployment& deployment, const std::vector<AllocId>& ids) {
  for (const AllocId& id : ids) {
    const auto alloc = view.alloc(id);
    if (!alloc || alloc->deployment_id != deployment.id) {
      return err(ErrorCode::NotFound, "allocation {} is not part of deployment {}", id.str(), deployment.id.str());
    }
  }
  return Ok{};
}

void set_health(Draft& draft, const AllocId& id, bool healthy, WallTime time, DeploymentTally& tally) {
  const Row<Allocation> stored = draft.view().alloc(id);
  model::DeploymentStatus status = stored->deployment_status.value_or(model::DeploymentStatus{});
  if (status.healthy == healthy) return;
  status.healthy = healthy;
  status.timestamp = time;
  Allocation alloc = *stored;
  alloc.deployment_status = status;
  alloc.modify_time = time;
  tally.note(stored.get(), alloc);
  draft.put_alloc(std::move(alloc));
}

}  // namespace

void write_deployment_status(Draft& draft, const model::DeploymentUpdate& update, WallTime time) {
  const Row<Deployment> stored = draft.view().deployment(update.deployment_id);
  if (!stored || !stored->active()) return;
  if (stored->status == update.status && stored->status_description == update.status_description) return;
  Deployment deployment = *stored;
  const bool resumed =
      stored->status == model::DeploymentState::Paused && update.status == model::DeploymentState::Running;
  if (resumed) renew_deadlines(deployment, time);
  deployment.status = update.status;
  deployment.status_description = update.status_description;
  deployment.modify_time = time;
  draft.put_deployment(std::move(deployment));
  if (update.status != model::DeploymentState::Successful) return;
  const auto job = draft.view().job(stored->job_key());
  const bool same_job = job && job->create_index == stored->job_create_index;
  if (same_job) mark_stability(draft, stored->job_key(), stored->job_version, true);
}

Result<Reply> apply_command(Draft& draft, const UpdateDeployment& command) {
  TRY_LET(const Row<Deployment> stored, find_active(draft.view(), command.update.deployment_id));
  TRY(check_revert(draft.view(), command.revert));
  TRY(check_evals(draft.view(), command.evals));
  write_deployment_status(draft, command.update, command.time);
  write_revert(draft, *stored, command.revert, command.time);
  return end_command(draft, *stored, command.evals, command.time);
}

Result<Reply> apply_command(Draft& draft, const PromoteDeployment& command) {
  TRY_LET(const Row<Deployment> stored, find_active(draft.view(), command.deployment_id));
  TRY_LET(const std::vector<std::string> groups, groups_to_promote(*stored, command));
  for (const std::string& name : groups) TRY(check_healthy(draft.view(), name, stored->task_groups.at(name)));
  TRY(check_evals(draft.view(), command.evals));

  Deployment deployment = *stored;
  for (const std::string& name : groups) {
    DeploymentGroup& group = deployment.task_groups.at(name);
    group.promoted = true;
    promote_canaries(draft, group, command.time);
  }
  renew_deadlines(deployment, command.time);
  if (deployment.status == model::DeploymentState::Running && !deployment.requires_promotion()) {
    deployment.status_description = model::deployment_text::kRunning;
  }
  deployment.modify_time = command.time;
  draft.put_deployment(std::move(deployment));
  return end_command(draft, *stored, command.evals, command.time);
}

Result<Reply> apply_command(Draft& draft, const SetAllocHealth& command) {
  TRY_LET(const Row<Deployment> stored, find_active(draft.view(), command.deployment_id));
  TRY(check_members(draft.view(), *stored, command.healthy));
  TRY(check_members(draft.view(), *stored, command.unhealthy));
  TRY(check_revert(draft.view(), command.revert));
  TRY(check_evals(draft.view(), command.evals));

  DeploymentTally tally;
  for (const AllocId& id : command.healthy) set_health(draft, id, true, command.time, tally);
  for (const AllocId& id : command.unhealthy) set_health(draft, id, false, command.time, tally);
  tally.write(draft, command.time);
  if (command.update) {
    model::DeploymentUpdate update = *command.update;
    update.deployment_id = stored->id;
    write_deployment_status(draft, update, command.time);
  }
  write_revert(draft, *stored, command.revert, command.time);
  return end_command(draft, *stored, command.evals, command.time);
}

}  // namespace drover::state
