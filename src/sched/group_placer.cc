#include "sched/group_placer.h"

#include "sched/reschedule.h"

namespace drover::sched {
namespace {

constexpr size_t kScoresShown = 5;

}  // namespace

GroupPlacer::GroupPlacer(PlanBuilder& builder, const model::Job& version, const model::TaskGroup& group,
                         model::DeploymentId deployment)
    : builder_(builder),
      site_(builder, version, group),
      ranker_({builder.snapshot(), version, group, site_.ask, site_.feasibility, site_.devices, site_.distinct,
               builder.usage(), builder.input().seed, builder.input().held}),
      preemptor_(builder, site_),
      deployment_(deployment) {
  count_present();
}

// Tells the ranker what of the group stays where it is, and what the plan has placed before.
void GroupPlacer::count_present() {
  for (const auto& entry : builder_.snapshot().allocs_of_job(builder_.job().key())) {
    const model::Allocation& alloc = *entry.value;
    if (alloc.terminal() || alloc.task_group != site_.group.name || builder_.ends(alloc.id)) continue;
    if (const auto slot = builder_.snapshot().slot_of(alloc.node_id)) ranker_.count_existing(*slot);
  }
  for (const model::Allocation& alloc : builder_.plan().placements) {
    const bool is_new = alloc.task_group == site_.group.name && !builder_.snapshot().alloc(alloc.id);
    if (is_new) ranker_.count_existing(*builder_.snapshot().slot_of(alloc.node_id));
  }
}

bool GroupPlacer::update_in_place(const model::Allocation& alloc) {
  model::Allocation* updated = builder_.update_in_place(site_, alloc);
  if (!updated) return false;
  if (!deployment_.empty() && updated->deployment_id != deployment_) {
    updated->deployment_id = deployment_;
    updated->deployment_status.reset();
  }
  const uint32_t slot = *builder_.snapshot().slot_of(alloc.node_id);
  ranker_.refresh(slot);
  preemptor_.changed(slot);
  return true;
}

void GroupPlacer::replace(const AllocRow& old) {
  const auto slot = builder_.free_room(*old);
  if (slot) vacate(*slot);
  const bool placed = place({.name = old->name, .previous = old});
  builder_.take_room(*old);
  if (placed) {
    builder_.stop(*old, kUpdatingText);
  } else if (slot) {
    come_back(*slot);
  }
}

void GroupPlacer::vacate(uint32_t slot) {
  site_.distinct.remove(slot, true);
  ranker_.removed(slot);
  preemptor_.changed(slot);
}

void GroupPlacer::come_back(uint32_t slot) {
  site_.distinct.add(slot, true);
  ranker_.placed(slot);
  preemptor_.changed(slot);
}

// A sticky disk stays on its node if that has room.
std::optional<uint32_t> GroupPlacer::preferred_node(const WantedPlacement& wanted, const Wish& wish) const {
  if (!site_.group.ephemeral_disk.sticky || !wanted.previous) return std::nullopt;
  const auto slot = builder_.snapshot().slot_of(wanted.previous->node_id);
  return slot && ranker_.suits(*slot, wish) ? slot : std::nullopt;
}

bool GroupPlacer::place(const WantedPlacement& wanted) {
  Wish wish;
  if (site_.feasibility.checks().depends_on_index()) wish.index = model::Allocation{.name = wanted.name}.index();
  if (wanted.rescheduled && wanted.previous) wish.penalised = builder_.snapshot().slot_of(wanted.previous->node_id);
  auto slot = preferred_node(wanted, wish);
  if (!slot) slot = ranker_.pick(wish);
  if (slot) {
    put(wanted, wish, *slot, ranker_.score(*slot, wish));
    return true;
  }
  if (place_by_preemption(wanted, wish)) return true;
  if (model::AllocMetric* metric = builder_.fail(site_)) ranker_.explain(*metric);
  return false;
}

bool GroupPlacer::place_by_preemption(const WantedPlacement& wanted, const Wish& wish) {
  const auto option = preemptor_.best(ranker_, wish);
  if (!option) return false;
  for (const AllocRow& victim : option->victims) builder_.free_room(*victim);
  preemptor_.took(option->victims);
  put(wanted, wish, option->slot, option->score, option->victims);
  return true;
}

void GroupPlacer::put(const WantedPlacement& wanted, const Wish& wish, uint32_t slot, const Score& score,
                      const std::vector<AllocRow>& victims) {
  // The alternatives are recorded with the first of a batch; the others say only how their own node scored.
  std::vector<model::NodeScore> best;
  if (!scores_shown_ && victims.empty()) best = ranker_.best(kScoresShown, wish);
  scores_shown_ = true;
  model::Allocation alloc = builder_.occupy(site_, wanted.name, slot, score.parts());
  if (!best.empty()) {
    model::AllocMetric metrics = *site_.metrics;
    metrics.score_meta_data = std::move(best);
    alloc.metrics = std::make_shared<const model::AllocMetric>(std::move(metrics));
  }
  complete(wanted, alloc);
  if (!victims.empty()) builder_.preempt(victims, alloc);
  come_back(slot);
  builder_.place(std::move(alloc));
}

void GroupPlacer::complete(const WantedPlacement& wanted, model::Allocation& alloc) const {
  if (wanted.previous) alloc.previous_allocation = wanted.previous->id;
  if (wanted.rescheduled && site_.group.reschedule) {
    alloc.reschedules = reschedules_of_successor(*site_.group.reschedule, *wanted.previous, builder_.input().now);
  }
  if (deployment_.empty()) return;
  alloc.deployment_id = deployment_;
  if (wanted.canary) alloc.deployment_status = model::DeploymentStatus{.healthy = {}, .timestamp = {}, .canary = true};
}

}  // namespace drover::sched
