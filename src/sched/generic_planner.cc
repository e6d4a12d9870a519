#include "sched/planners.h"

#include <iterator>
#include <map>
#include <memory>
#include <vector>

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

// What migrates, and then what is new.
std::vector<WantedPlacement> take_placements(GroupChanges& changes, const PlanBuilder& builder) {
  std::vector<WantedPlacement> migrating;
  for (const AllocRow& alloc : changes.migrate) {
    WantedPlacement& wanted = migrating.emplace_back(WantedPlacement{.name = alloc->name, .previous = alloc});
    const bool older = changes.migrate_as_they_are && alloc->job_version != builder.job().version;
    if (older) wanted.older = builder.snapshot().job_of(*alloc);
  }
  std::vector<WantedPlacement> out = std::move(changes.place);
  out.insert(out.begin(), std::move_iterator(migrating.begin()), std::move_iterator(migrating.end()));
  return out;
}

// What keeps an older version, for as long as canaries of the new one are tried out. It belongs to no deployment.
void place_older(const std::vector<WantedPlacement>& placements, const std::string& name, PlanBuilder& builder) {
  std::map<uint64_t, std::unique_ptr<GroupPlacer>> placers;  // by version
  for (const WantedPlacement& wanted : placements) {
    const model::TaskGroup* group = wanted.older ? wanted.older->find_group(name) : nullptr;
    if (!group) continue;
    auto& placer = placers[wanted.older->version];
    if (!placer) placer = std::make_unique<GroupPlacer>(builder, *wanted.older, *group, model::DeploymentId());
    placer->place(wanted);
  }
}

void place_group(GroupChanges& changes, const model::DeploymentId& deployment, PlanBuilder& builder) {
  const bool nothing =
      changes.place.empty() && changes.in_place.empty() && changes.destructive.empty() && changes.migrate.empty();
  if (!changes.group || nothing) return;
  const std::vector<WantedPlacement> placements = take_placements(changes, builder);
  place_older(placements, changes.group->name, builder);
  GroupPlacer placer(builder, builder.job(), *changes.group, deployment);
  std::vector<AllocRow> destructive = changes.destructive;
  for (const AllocRow& alloc : changes.in_place) {
    if (!placer.update_in_place(*alloc)) destructive.push_back(alloc);
  }
  for (const AllocRow& alloc : destructive) placer.replace(alloc);
  for (const WantedPlacement& wanted : placements) {
    if (!wanted.older) placer.place(wanted);
  }
}

}  // namespace

Decision plan_generic(const Input& input) {
  PlanBuilder builder(input);
  Changes changes = reconcile({input.snapshot, input.job.get(), input.eval.job_key(), input.now, &input.eval});
  const model::DeploymentId deployment = plan_deployment(changes, builder);
  for (const auto& [name, group] : changes.groups) stop_all(group, builder);
  for (auto& [name, group] : changes.groups) {
    builder.plan().desired_updates[name] = group.updates;
    place_group(group, changes.deploys(name) ? deployment : model::DeploymentId(), builder);
    for (const Later& later : group.later) builder.look_again(later);
  }
  return builder.finish();
}

}  // namespace drover::sched
