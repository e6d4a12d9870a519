#include "state/deployment_tally.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace drover::state {

using model::Allocation;

namespace {

std::optional<bool> health_of(const Allocation* alloc) {
  if (!alloc || !alloc->deployment_status) return std::nullopt;
  return alloc->deployment_status->healthy;
}

}  // namespace

void DeploymentTally::note(const Allocation* before, const Allocation& after) {
  if (after.deployment_id.empty()) return;
  const bool placed = !before || before->deployment_id != after.deployment_id;
  const std::optional<bool> had = placed ? std::nullopt : health_of(before);
  const std::optional<bool> has = health_of(&after);
  if (!placed && had == has) return;

  Change& change = changes_[after.deployment_id][after.task_group];
  change.placed += placed ? 1 : 0;
  if (placed && after.deployment_status && after.deployment_status->canary) change.canaries.push_back(after.id);
  if (had == has) return;
  if (had) --(*had ? change.healthy : change.unhealthy);
  if (has) ++(*has ? change.healthy : change.unhealthy);
  change.progressed |= has == true;
}

void DeploymentTally::add(model::DeploymentGroup& group, const Change& change, WallTime time) {
  group.placed_allocs += change.placed;
  group.healthy_allocs += change.healthy;
  group.unhealthy_allocs += change.unhealthy;
  for (const model::AllocId& id : change.canaries) {
    if (std::ranges::find(group.placed_canaries, id) == group.placed_canaries.end()) {
      group.placed_canaries.push_back(id);
    }
  }
  if (group.progress_deadline.count() == 0) return;
  const bool first = change.placed > 0 && group.require_progress_by == WallTime();
  if (!first && !change.progressed) return;
  group.require_progress_by = time + group.progress_deadline;
}

void DeploymentTally::write(Draft& draft, WallTime time) const {
  for (const auto& [id, groups] : changes_) {
    const Row<model::Deployment> stored = draft.view().deployment(id);
    if (!stored) continue;
    model::Deployment deployment = *stored;
    for (const auto& [name, change] : groups) {
      const auto group = deployment.task_groups.find(name);
      if (group != deployment.task_groups.end()) add(group->second, change, time);
    }
    deployment.modify_time = time;
    draft.put_deployment(std::move(deployment));
  }
}

}  // namespace drover::state
