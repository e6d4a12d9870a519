#include "server/deployment_step.h"

#include "state/rollback.h"

#include <algorithm>

namespace drover::server {
namespace {

using model::Allocation;
using model::Deployment;
using model::DeploymentGroup;
using model::DeploymentState;
namespace text = model::deployment_text;

// Everything is healthy that has to be, or its canaries are and wait for somebody to promote them.
bool is_settled(const DeploymentGroup& group) {
  const bool canaries_wait = group.desired_canaries > 0 && !group.promoted;
  return group.healthy_allocs >= (canaries_wait ? group.desired_canaries : group.desired_total);
}

bool fails_at_once(const Deployment& deployment) {
  return std::ranges::any_of(deployment.task_groups, [](const auto& entry) {
    return entry.second.progress_deadline.count() == 0 && entry.second.unhealthy_allocs > 0;
  });
}

bool canaries_are_healthy(const state::Snapshot& snapshot, const DeploymentGroup& group) {
  const auto healthy = std::ranges::count_if(group.placed_canaries, [&](const model::AllocId& id) {
    const auto alloc = snapshot.alloc(id);
    return alloc && !alloc->terminal() && alloc->deployment_status && alloc->deployment_status->healthy.value_or(false);
  });
  return healthy >= group.desired_canaries;
}

bool promotes_itself(const state::Snapshot& snapshot, const Deployment& deployment) {
  if (!deployment.requires_promotion() || !deployment.has_auto_promote()) return false;
  return std::ranges::all_of(deployment.task_groups, [&](const auto& entry) {
    const DeploymentGroup& group = entry.second;
    return group.desired_canaries == 0 || group.promoted || canaries_are_healthy(snapshot, group);
  });
}

// It failed, and nothing has been decided about it yet.
bool to_be_replaced(const Deployment& deployment, const Allocation& alloc) {
  if (alloc.deployment_id != deployment.id || alloc.server_terminal() || !alloc.next_allocation.empty()) return false;
  if (alloc.desired_transition.reschedule.value_or(false)) return false;
  const bool unhealthy = alloc.deployment_status && !alloc.deployment_status->healthy.value_or(true);
  return unhealthy || alloc.client_status == model::ClientStatus::Failed;
}

std::vector<state::AllocTransition> replacements(const state::Snapshot& snapshot, const Deployment& deployment) {
  std::vector<state::AllocTransition> out;
  for (const auto& entry : snapshot.allocs_of_job(deployment.job_key())) {
    if (to_be_replaced(deployment, *entry.value)) {
      out.push_back({.alloc_id = entry.key, .transition = {.reschedule = true}});
    }
  }
  return out;
}

std::vector<model::Evaluation> evals_for(const model::Job& job, const Deployment& deployment, Random& ids) {
  model::Evaluation eval = model::make_eval(job, model::EvalId(ids.uuid()), model::trigger::kDeploymentWatcher);
  eval.deployment_id = deployment.id;
  return {std::move(eval)};
}

}  // namespace

std::optional<WallTime> progress_deadline(const Deployment& deployment) {
  std::optional<WallTime> first;
  if (deployment.status != DeploymentState::Running) return first;
  for (const auto& [name, group] : deployment.task_groups) {
    if (group.require_progress_by == WallTime() || is_settled(group)) continue;
    first = first ? std::min(*first, group.require_progress_by) : group.require_progress_by;
  }
  return first;
}

state::UpdateDeployment fail_deployment(const state::Snapshot& snapshot, const Deployment& deployment,
                                        const std::string& reason, Random& ids, WallTime now) {
  state::UpdateDeployment failure{
      .update = {.deployment_id = deployment.id, .status = DeploymentState::Failed, .status_description = reason},
      .revert = {},
      .evals = {},
      .time = now};
  const auto job = snapshot.job(deployment.job_key());
  if (!job) return failure;
  failure.evals = evals_for(*job, deployment, ids);
  const state::Rollback rollback = state::rollback_of(snapshot, deployment, [](const std::string&) { return true; });
  failure.update.status_description += rollback.note;
  if (rollback.job) failure.revert = *rollback.job;
  return failure;
}

std::optional<state::Command> deployment_step(const DeploymentLook& look, Random& ids) {
  const auto& [snapshot, deployment, news, deadline_passed, now] = look;
  const auto job = snapshot.job(deployment.job_key());
  if (deployment.status != DeploymentState::Running || !job) return std::nullopt;
  const auto fail = [&](const char* reason) {
    return state::make_command(fail_deployment(snapshot, deployment, reason, ids, now));
  };
  if (fails_at_once(deployment)) return fail(text::kFailedAllocations);
  if (deadline_passed) return fail(text::kProgressDeadline);
  if (promotes_itself(snapshot, deployment)) {
    return state::make_command(state::PromoteDeployment{
        .deployment_id = deployment.id, .groups = {}, .evals = evals_for(*job, deployment, ids), .time = now});
  }
  if (!news) return std::nullopt;
  if (auto transitions = replacements(snapshot, deployment); !transitions.empty()) {
    return state::make_command(state::UpdateTransitions{
        .transitions = std::move(transitions), .evals = evals_for(*job, deployment, ids), .time = now});
  }
  return state::make_command(state::UpsertEvals{.evals = evals_for(*job, deployment, ids), .time = now});
}

}  // namespace drover::server
