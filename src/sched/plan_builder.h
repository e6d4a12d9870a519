#pragma once

#include "base/random.h"
#include "base/shared_string.h"
#include "sched/alloc_texts.h"
#include "sched/devices.h"
#include "sched/distinct.h"
#include "sched/feasible.h"
#include "sched/reconcile.h"
#include "sched/scheduler.h"
#include "sched/usage.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace drover::sched {

using AllocRow = state::Row<model::Allocation>;

class PlanBuilder;

// What a group of a version of the job asks of nodes, made ready. Version and builder outlive it.
struct GroupSite {
  GroupSite(PlanBuilder& builder, const model::Job& version, const model::TaskGroup& task_group);
  GroupSite(const GroupSite&) = delete;
  GroupSite& operator=(const GroupSite&) = delete;

  const model::Job& job;
  const model::TaskGroup& group;
  const SharedString ns, job_id, name;  // the texts that all its allocations share
  const state::GroupAsk& ask;
  const Feasibility feasibility;
  const std::shared_ptr<const model::AllocMetric> metrics;  // of all its placements, without scores
  const DeviceRules devices;
  DistinctRules distinct;  // with what the plan has changed before
};

// A plan on its way, and what nodes have left under it: what the planners of all job types share. One per evaluation.
class PlanBuilder {
 public:
  explicit PlanBuilder(const Input& input);

  const Input& input() const { return input_; }
  const state::Snapshot& snapshot() const { return input_.snapshot; }
  const model::Job& job() const { return *input_.job; }  // REQUIRES that there is one
  Usage& usage() { return usage_; }
  Random& random() { return random_; }
  Decision& decision() { return decision_; }
  model::Plan& plan() { return decision_.plan; }

  // What allocations of a group take; for an allocation what its own version of the group asks for. Stays valid.
  const state::GroupAsk& ask_of(const model::Job& job, const model::TaskGroup& group);
  const state::GroupAsk& ask_of(const model::Allocation& alloc);

  // Ends an allocation and frees its room, unless it is only given up waiting for (Unknown).
  void stop(const model::Allocation& alloc, const std::string& description,
            std::optional<model::ClientStatus> becomes = std::nullopt);
  // Takes what an allocation uses off its node, or gives it back, if the node still counts it. The slot, if it has one.
  std::optional<uint32_t> free_room(const model::Allocation& alloc) { return move_room(alloc, -1); }
  std::optional<uint32_t> take_room(const model::Allocation& alloc) { return move_room(alloc, 1); }
  // Whether the plan ends it.
  bool ends(const model::AllocId& id) const { return ending_.contains(id); }

  // A new allocation of the group on a node where it fits, with ports, cores and devices. Takes its room; it is for the
  // caller to complete it and to give it to place().
  model::Allocation occupy(const GroupSite& site, const std::string& name, uint32_t slot,
                           SlimVector<model::ScorePart> scores);
  // REQUIRES victims on the node of `winner`, whose room was freed.
  void preempt(const std::vector<AllocRow>& victims, model::Allocation& winner);
  void place(model::Allocation alloc) { plan().placements.push_back(std::move(alloc)); }

  // The allocation becomes one of the job's version where it is; null if it does not fit there any more.
  model::Allocation* update_in_place(const GroupSite& site, const model::Allocation& alloc);

  // One more placement of the group that found no node. The first one's metric is the group's: to be completed by the
  // caller; null for the others, which are only counted.
  model::AllocMetric* fail(const GroupSite& site);
  // The same, where nothing waits for a node.
  model::AllocMetric* explain_failure(const GroupSite& site);

  // Something has to be looked at again at a later time: once for each reason, when the first of it is due.
  void look_again(Later later);
  // Whether another evaluation of the job waits for that reason.
  bool awaits(std::string_view trigger) const;

  Decision finish();

 private:
  using AskKey = std::tuple<model::JobKey, uint64_t, std::string>;  // job, version, group

  std::optional<uint32_t> move_room(const model::Allocation& alloc, int sign);
  struct FollowUp {
    model::EvalId eval;
    WallTime at;
  };
  void add_follow_ups();
  bool is_awaited(const Later& later) const;
  FollowUp follow_up(std::string_view trigger, WallTime first, WallTime last);
  void announce(const std::vector<Later>& waiting, const FollowUp& follow_up);

  const Input& input_;
  Decision decision_;
  Usage usage_;
  SeededRandom random_;
  std::map<AskKey, state::GroupAsk> asks_;
  std::set<model::JobKey> losers_;  // jobs that lose allocations to this one
  std::set<model::AllocId> ending_;
  std::map<std::string, std::vector<Later>, std::less<>> later_;  // by trigger
};

}  // namespace drover::sched
