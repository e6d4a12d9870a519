#pragma once

#include "sched/plan_builder.h"
#include "sched/preempt.h"
#include "sched/rank.h"
#include "sched/reconcile.h"

#include <optional>

namespace drover::sched {

// Finds nodes for the allocations of one group of a service or batch job, and puts them into the plan.
class GroupPlacer {
 public:
  // `deployment`: what new allocations belong to; empty: none. The builder, and the version of the job that is placed,
  // outlive this.
  GroupPlacer(PlanBuilder& builder, const model::Job& version, const model::TaskGroup& group,
              model::DeploymentId deployment);

  // False: it does not fit where it is.
  bool update_in_place(const model::Allocation& alloc);
  // Stops an allocation and places its successor; where that finds no room the old one stays.
  void replace(const AllocRow& old);
  // False: no node has room; counted as failed.
  bool place(const WantedPlacement& wanted);

 private:
  void count_present();
  std::optional<uint32_t> preferred_node(const WantedPlacement& wanted, const Wish& wish) const;
  bool place_by_preemption(const WantedPlacement& wanted, const Wish& wish);
  void put(const WantedPlacement& wanted, const Wish& wish, uint32_t slot, const Score& score,
           const std::vector<AllocRow>& victims = {});
  void complete(const WantedPlacement& wanted, model::Allocation& alloc) const;
  void vacate(uint32_t slot);
  void come_back(uint32_t slot);

  PlanBuilder& builder_;
  GroupSite site_;
  Ranker ranker_;
  Preemptor preemptor_;
  const model::DeploymentId deployment_;
  bool scores_shown_ = false;
};

}  // namespace drover::sched
