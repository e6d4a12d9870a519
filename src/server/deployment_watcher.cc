#include "server/deployment_watcher.h"

#include "server/deployment_step.h"

#include <algorithm>

namespace drover::server {
namespace {

using model::Deployment;

int64_t known_health(const Deployment* deployment) {
  int64_t known = 0;
  if (!deployment) return known;
  for (const auto& [name, group] : deployment->task_groups) known += group.healthy_allocs + group.unhealthy_allocs;
  return known;
}

Duration longest_deadline(const Deployment& deployment) {
  Duration longest{0};
  for (const auto& [name, group] : deployment.task_groups) longest = std::max(longest, group.progress_deadline);
  return longest;
}

bool was_resumed(const RowChange<Deployment>& change) {
  return change.before && change.before->status == model::DeploymentState::Paused &&
         change.after->status == model::DeploymentState::Running;
}

// Its allocations have told something, or it goes on after a pause.
bool has_news(const RowChange<Deployment>& change) {
  return was_resumed(change) || known_health(change.before.get()) != known_health(change.after.get());
}

bool failed_now(const RowChange<model::Allocation>& change) {
  if (!change.after || change.after->deployment_id.empty() || !change.after->next_allocation.empty()) return false;
  const bool failed_before = change.before && change.before->client_status == model::ClientStatus::Failed;
  return change.after->client_status == model::ClientStatus::Failed && !failed_before;
}

}  // namespace

void DeploymentWatcher::note(const StateChanges& changes) {
  for (const auto& change : changes.deployments) {
    const model::DeploymentId& id = change.after ? change.after->id : change.before->id;
    if (change.after && change.after->active()) {
      active_.insert(id);
      if (has_news(change)) news_.insert(id);
      // The time does not count in which there was no server to hear of progress.
      if (changes.first) resumed_.insert(id);
    } else {
      active_.erase(id);
      news_.erase(id);
      resumed_.erase(id);
      deadlines_.forget(id);
    }
  }
  for (const auto& change : changes.allocs) {
    if (failed_now(change) && active_.contains(change.after->deployment_id)) news_.insert(change.after->deployment_id);
  }
}

Decisions DeploymentWatcher::decide(const state::Snapshot& snapshot, Moment now) {
  Decisions decisions;
  for (const model::DeploymentId& id : active_) {
    const auto deployment = snapshot.deployment(id);
    if (!deployment || deployment->status != model::DeploymentState::Running) continue;
    bool passed = false;
    if (const auto deadline = progress_deadline(*deployment)) {
      if (resumed_.erase(id) > 0) deadlines_.restart(id, *deadline, now.mono + longest_deadline(*deployment));
      const Duration left = deadlines_.left(id, *deadline, now);
      passed = left == Duration(0);
      if (!passed) decisions.look_within(left);
    }
    auto command = deployment_step({.snapshot = snapshot,
                                    .deployment = *deployment,
                                    .news = news_.erase(id) > 0,
                                    .deadline_passed = passed,
                                    .now = now.wall},
                                   ids_);
    if (command) decisions.actions.push_back({.subject = id.str(), .command = std::move(*command)});
  }
  return decisions;
}

void DeploymentWatcher::refused(const std::string& subject) {
  const auto id = model::DeploymentId::parse(subject);
  if (id && active_.contains(*id)) news_.insert(*id);
}

}  // namespace drover::server
