#include "sched/planners.h"

#include <algorithm>

#include "sched/plan_builder.h"
#include "sched/preempt.h"
#include "sched/rank.h"
#include "sched/slots.h"
#include "sched/system_reconcile.h"

namespace drover::sched {
namespace {

// One group of a system job: updates what is there and places what is missing, node by node.
class SystemGroupPlanner {
 public:
  SystemGroupPlanner(PlanBuilder& builder, const SystemChanges& changes, model::DesiredUpdates& updates)
      : builder_(builder),
        changes_(changes),
        updates_(updates),
        site_(builder, builder.job(), *changes.group),
        ranker_({builder.snapshot(), builder.job(), *changes.group, site_.ask, site_.feasibility, site_.devices,
                 site_.distinct, builder.usage(), builder.input().seed, builder.input().held}),
        preemptor_(builder, site_) {}

  void run() {
    update_older();
    for (const uint32_t slot : site_.feasibility.slots()) {
      const model::NodeId& node = builder_.snapshot().columns().node_id(slot);
      if (changes_.settled.contains(node)) continue;
      const auto previous = changes_.previous.find(node);
      ++updates_.place;
      place(slot, previous == changes_.previous.end() ? nullptr : previous->second);
    }
    if (feasible_nowhere()) builder_.explain_failure(site_);
  }

 private:
  // That some nodes are filtered is no failure; that all are leaves the job without any effect.
  bool feasible_nowhere() const {
    return site_.feasibility.slots().empty() && site_.feasibility.metric().nodes_filtered > 0;
  }

  // As many are replaced at once as the update strategy allows; the next ones when `stagger` has passed (003).
  void update_older() {
    size_t left = replaceable();
    bool more = false;
    for (const AllocRow& alloc : changes_.older) {
      const uint32_t slot = *builder_.snapshot().slot_of(alloc->node_id);
      const bool feasible = site_.feasibility.feasible(slot);
      const auto old_job = builder_.snapshot().job_of(*alloc);
      const bool destructive = !old_job || model::is_destructive_update(*old_job, builder_.job(), changes_.group->name);
      if (!feasible) {
        builder_.stop(*alloc, kNotNeededText);
        ++updates_.stop;
      } else if (!destructive && builder_.update_in_place(site_, *alloc)) {
        ++updates_.in_place_update;
      } else if (left == 0) {
        more = true;
        ++updates_.ignore;
      } else {
        --left;
        ++updates_.destructive_update;
        replace(slot, alloc);
      }
    }
    if (more && !builder_.awaits(model::trigger::kRollingUpdate)) {
      builder_.look_again(
          {.when = builder_.input().now + *changes_.group->update->stagger, .trigger = model::trigger::kRollingUpdate});
    }
  }

  size_t replaceable() const {
    const auto& update = changes_.group->update;
    const bool rolls =
        update && update->max_parallel.value_or(0) > 0 && update->stagger.value_or(Duration(0)) > Duration(0);
    if (!rolls) return SIZE_MAX;
    return builder_.awaits(model::trigger::kRollingUpdate) ? 0 : static_cast<size_t>(*update->max_parallel);
  }

  void replace(uint32_t slot, const AllocRow& old) {
    builder_.free_room(*old);
    site_.distinct.remove(slot, true);
    const bool placed = place(slot, old);
    builder_.take_room(*old);
    if (placed) return builder_.stop(*old, kUpdatingText);
    site_.distinct.add(slot, true);
  }

  bool place(uint32_t slot, const AllocRow& previous) {
    std::vector<AllocRow> victims;
    const bool has_volumes = has_volumes_on(slot);
    if (!has_volumes || !ranker_.takes_one_more(slot)) {
      auto found = has_volumes ? preemptor_.victims_on(slot) : std::nullopt;
      if (!found) {
        fail(slot);
        return false;
      }
      victims = std::move(*found);
    }
    put(slot, previous, victims);
    return true;
  }

  // Every allocation of the group has index 0.
  bool has_volumes_on(uint32_t slot) const {
    const NodeChecks& checks = site_.feasibility.checks();
    return !checks.depends_on_index() || checks.has_volumes(*node_in(builder_.snapshot(), slot), 0);
  }

  void put(uint32_t slot, const AllocRow& previous, const std::vector<AllocRow>& victims) {
    for (const AllocRow& victim : victims) builder_.free_room(*victim);
    preemptor_.took(victims);
    Score score = ranker_.score(slot, {});
    if (!victims.empty()) score.preemption = preemptor_.score_of(victims);
    const std::string name = model::alloc_name(builder_.job().id, changes_.group->name, 0);
    model::Allocation alloc = builder_.occupy(site_, name, slot, score.parts());
    if (previous) alloc.previous_allocation = previous->id;
    if (!victims.empty()) builder_.preempt(victims, alloc);
    site_.distinct.add(slot, true);
    builder_.place(std::move(alloc));
  }

  // All nodes without room are counted in the group's one metric.
  void fail(uint32_t slot) {
    model::AllocMetric* first = builder_.fail(site_);
    ranker_.explain(slot, first ? *first : builder_.decision().failed.at(changes_.group->name));
  }

  PlanBuilder& builder_;
  const SystemChanges& changes_;
  model::DesiredUpdates& updates_;
  GroupSite site_;
  Ranker ranker_;
  Preemptor preemptor_;
};

}  // namespace

Decision plan_system(const Input& input) {
  PlanBuilder builder(input);
  const auto changes =
      reconcile_system({input.snapshot, input.job.get(), input.eval.job_key(), input.now, &input.eval});
  for (const auto& [name, group] : changes) {
    model::DesiredUpdates& updates = builder.plan().desired_updates[name];
    updates.ignore = group.ignored;
    for (const WantedStop& stop : group.stop) {
      builder.stop(*stop.alloc, stop.description, stop.client_status);
      if (stop.client_status != model::ClientStatus::Unknown) ++updates.stop;
    }
    for (const Later& later : group.later) builder.look_again(later);
  }
  for (const auto& [name, group] : changes) {
    if (group.group) SystemGroupPlanner(builder, group, builder.plan().desired_updates[name]).run();
  }
  return builder.finish();
}

}  // namespace drover::sched
