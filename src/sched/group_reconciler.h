#pragma once

#include "sched/alloc_texts.h"
#include "sched/name_index.h"
#include "sched/reconcile.h"

#include <map>
#include <optional>
#include <vector>

namespace drover::sched {

using AllocRow = state::Row<model::Allocation>;

// The node does not exist or is down.
bool node_is_gone(const state::Snapshot& snapshot, const model::Allocation& alloc);

// What one group needs, and what that means for the job's deployment.
struct GroupOutcome {
  GroupChanges changes;
  bool deploys = false;               // the group takes part in a deployment of this version
  model::DeploymentGroup deployment;  // REQUIRES deploys
  bool complete = false;              // nothing is left to do for it
};

// Decides what one group of a job needs: add() all its allocations, then finish() once. The order in which things are
// decided is that of facts 5.7.
class GroupReconciler {
 public:
  // `deployment` is the one of this version of the job, running, paused or failed; null: none.
  GroupReconciler(const ReconcileInput& input, const model::TaskGroup& group, const model::Deployment* deployment);

  void add(const AllocRow& alloc);
  GroupOutcome finish();

 private:
  const model::Job& job() const { return *input_.job; }
  int32_t wanted() const { return std::max(group_.count, 0); }

  // add(): what becomes of each allocation.
  bool add_on_unreachable_node(const AllocRow& alloc);
  void add_canary(const AllocRow& alloc);
  void add_complete(const AllocRow& alloc);
  void add_failed(const AllocRow& alloc);
  void add_lost(const AllocRow& alloc);
  void add_lost_before(const AllocRow& alloc);
  void add_disconnected(const AllocRow& alloc, const model::Node& node);
  void hold(const AllocRow& alloc);
  void replace(const AllocRow& alloc);
  void reschedule(const AllocRow& alloc);

  // finish(), in this order.
  void settle_names();
  void drop_succeeded();
  void stop_excess();
  void sort_by_version();
  bool needs_canaries() const;
  void place_canaries();
  size_t update_limit() const;
  void place_missing();
  void place_replacement(const WantedPlacement& replacement);
  void limit_destructive(size_t limit);
  void count_updates();
  bool starts_deployment() const;

  void stop(const AllocRow& alloc, const char* why);
  void take_indexes();
  bool replaces_lost() const { return !group_.disconnect || group_.disconnect->replace.value_or(true); }
  bool stays(const model::Allocation& later, const model::Allocation& earlier) const;
  bool has_strategy() const { return group_.update && group_.update->max_parallel.value_or(0) > 0; }
  bool canaries_wait() const { return state_.desired_canaries > 0 && !state_.promoted; }
  bool in_deployment(const model::Allocation& alloc) const;
  static bool is_canary(const model::Allocation& alloc);  // it was not promoted
  bool is_tried_out(const model::Allocation& canary) const { return in_deployment(canary) && !failed_; }
  bool is_destructive(const model::Allocation& alloc);
  bool held_back() const { return paused_ || failed_ || canaries_wait(); }

  const ReconcileInput& input_;
  const model::TaskGroup& group_;
  const model::Deployment* const deployment_;
  const bool paused_;
  const bool failed_;
  bool joined_ = false;           // the deployment has this group already
  model::DeploymentGroup state_;  // of the deployment, as it will be
  GroupChanges changes_;
  std::vector<AllocRow> live_;      // may stay where they are
  std::vector<AllocRow> canaries_;  // of the running deployment, not promoted
  std::vector<WantedPlacement> replacements_;
  size_t held_canaries_ = 0;           // that have ended and are not to be replaced
  std::vector<int32_t> held_;          // indexes of what has ended and is not to be replaced
  std::map<uint64_t, bool> verdicts_;  // by job version: whether its allocations have to be replaced
  NameIndex names_;
  bool had_this_version_ = false;
  bool stuck_ = false;  // an allocation of the running deployment has failed and is not replaced yet
};

}  // namespace drover::sched
