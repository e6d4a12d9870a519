#include "sched/planners.h"

#include <map>
#include <memory>

#include "sched/group_placer.h"
#include "sched/plan_builder.h"
#include "sched/reconcile.h"

namespace drover::sched {
namespace {

// The deployment that placements belong to; a new one gets its id and goes into the plan.
model::DeploymentId plan_deployment(const Changes& changes, PlanBuilder& builder) {
  builder.plan().deployment_updates = changes.deployment_updates;
  if (!changes.deployment) return {};
  if (!changes.new_deployment) return changes.deployment->id;
  const model::DeploymentId id(builder.random().uuid());
  builder.plan().deployment = changes.deployment;
  builder.plan().deployment->id = id;
  return id;
}

void stop_all(const GroupChanges& changes, PlanBuilder& builder) {
  for (const WantedStop& stop : changes.stop) builder.stop(*stop.alloc, stop.description, stop.client_status);
  for (const AllocRow& alloc : changes.migrate) builder.stop(*alloc, kMigratingText);
}

// What keeps an older version, for as long as canaries of the new one are tried out. It belongs to no deployment.
void place_older(const GroupChanges& changes, PlanBuilder& builder) {
  std::map<uint64_t, std::unique_ptr<GroupPlacer>> placers;  // by version
  for (const WantedPlacement& wanted : changes.place) {
    const model::TaskGroup* group = wanted.older ? wanted.older->find_group(changes.group->name) : nullptr;
    if (!group) continue;
    auto& placer = placers[wanted.older->version];
    if (!placer) placer = std::make_unique<GroupPlacer>(builder, *wanted.older, *group, model::DeploymentId());
    placer->place(wanted);
  }
}

void place_group(const GroupChanges& changes, const model::DeploymentId& deployment, PlanBuilder& builder) {
  const bool nothing =
      changes.place.empty() && changes.in_place.empty() && changes.destructive.empty() && changes.migrate.empty();
  if (!changes.group || nothing) return;
  place_older(changes, builder);
  GroupPlacer placer(builder, builder.job(), *changes.group, deployment);
  std::vector<AllocRow> destructive = changes.destructive;
  for (const AllocRow& alloc : changes.in_place) {
    if (!placer.update_in_place(*alloc)) destructive.push_back(alloc);
  }
  for (const AllocRow& alloc : destructive) placer.replace(alloc);
  for (const AllocRow& alloc : changes.migrate) placer.place({.name = alloc->name, .previous = alloc});
  for (const WantedPlacement& wanted : changes.place) {
    if (!wanted.older) placer.place(wanted);
  }
}

}  // namespace

Decision plan_generic(const Input& input) {
  PlanBuilder builder(input);
  const Changes changes = reconcile({input.snapshot, input.job.get(), input.eval.job_key(), input.now});
  const model::DeploymentId deployment = plan_deployment(changes, builder);
  for (const auto& [name, group] : changes.groups) stop_all(group, builder);
  for (const auto& [name, group] : changes.groups) {
    builder.plan().desired_updates[name] = group.updates;
    place_group(group, changes.deploys(name) ? deployment : model::DeploymentId(), builder);
    for (const Later& later : group.later) builder.look_again(later);
  }
  return builder.finish();
}

}  // namespace drover::sched
