#include "sched/reconcile.h"

#include <algorithm>

#include "sched/group_reconciler.h"

namespace drover::sched {
namespace {

using model::Deployment;
using model::DeploymentState;
namespace text = model::deployment_text;

void stop_all(const ReconcileInput& input, const AllocRow& alloc, GroupChanges& changes) {
  if (alloc->terminal()) return;
  const bool lost = node_is_gone(input.snapshot, *alloc);
  changes.stop.push_back(
      {alloc, lost ? kLostText : kNotNeededText, lost ? std::optional(model::ClientStatus::Lost) : std::nullopt});
  ++changes.updates.stop;
}

bool belongs_to(const Deployment& deployment, const model::Job& job) {
  return deployment.job_version == job.version && deployment.job_create_index == job.create_index;
}

// The deployment that the job's version is in, if any; one of another version, or of a job that stops, is cancelled.
std::optional<Deployment> current_deployment(const ReconcileInput& input, bool runs, Changes& changes) {
  const auto latest = input.snapshot.latest_deployment(input.key);
  if (!latest) return std::nullopt;
  const bool current = runs && belongs_to(*latest, *input.job);
  if (!current && latest->active()) {
    changes.deployment_updates.push_back({.deployment_id = latest->id,
                                          .status = DeploymentState::Cancelled,
                                          .status_description = runs ? text::kNewerJob : text::kStoppedJob});
  }
  if (!current || latest->status == DeploymentState::Successful || latest->status == DeploymentState::Cancelled) {
    return std::nullopt;
  }
  return *latest;
}

Deployment make_deployment(const model::Job& job) {
  Deployment deployment;
  deployment.ns = job.ns;
  deployment.job_id = job.id;
  deployment.job_version = job.version;
  deployment.job_modify_index = job.modify_index;
  deployment.job_spec_modify_index = job.job_modify_index;
  deployment.job_create_index = job.create_index;
  deployment.eval_priority = job.priority;
  return deployment;
}

const char* running_text(const Deployment& deployment) {
  if (!deployment.requires_promotion()) return text::kRunning;
  return deployment.has_auto_promote() ? text::kAutoPromotion : text::kNeedsPromotion;
}

// All of it is placed, promoted and healthy.
bool is_complete(const Deployment& deployment) {
  return std::ranges::all_of(deployment.task_groups, [](const auto& entry) {
    const model::DeploymentGroup& group = entry.second;
    const bool healthy = group.healthy_allocs >= std::max(group.desired_total, group.desired_canaries);
    return healthy && (group.desired_canaries == 0 || group.promoted);
  });
}

}  // namespace

Changes reconcile(const ReconcileInput& input) {
  Changes changes;
  const bool runs = input.job && !input.job->stop;
  const std::optional<Deployment> current = current_deployment(input, runs, changes);
  std::map<std::string, GroupReconciler, std::less<>> groups;
  if (runs) {
    for (const model::TaskGroup& group : input.job->task_groups) {
      groups.emplace(std::piecewise_construct, std::forward_as_tuple(group.name),
                     std::forward_as_tuple(input, group, current ? &*current : nullptr));
    }
  }
  for (const auto& entry : input.snapshot.allocs_of_job(input.key)) {
    const AllocRow& alloc = entry.value;
    const auto group = groups.find(alloc->task_group);
    if (group != groups.end()) {
      group->second.add(alloc);
    } else {
      stop_all(input, alloc, changes.groups[alloc->task_group]);
    }
  }
  bool complete = true;
  Deployment deployment = current ? *current : Deployment();
  for (auto& [name, reconciler] : groups) {
    GroupOutcome outcome = reconciler.finish();
    if (outcome.deploys) {
      // What a group without a deployment lacks is nothing that this one waits for.
      complete = complete && outcome.complete;
      if (deployment.job_id.empty()) deployment = make_deployment(*input.job);
      deployment.task_groups[name] = outcome.deployment;
    }
    changes.groups[name] = std::move(outcome.changes);
  }
  if (deployment.job_id.empty()) return changes;
  if (!current) {
    deployment.status_description = running_text(deployment);
    changes.new_deployment = true;
  } else if (complete && current->status == DeploymentState::Running && is_complete(deployment)) {
    changes.deployment_updates.push_back(
        {.deployment_id = current->id, .status = DeploymentState::Successful, .status_description = text::kSuccessful});
  }
  changes.deployment = std::move(deployment);
  return changes;
}

}  // namespace drover::sched
