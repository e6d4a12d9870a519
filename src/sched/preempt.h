#pragma once

#include "sched/plan_builder.h"
#include "sched/rank.h"

#include <optional>
#include <unordered_map>
#include <vector>

namespace drover::sched {

// Finds allocations of less important jobs that would make room for one of a group (facts 5.6): those whose priority is
// at least kPriorityGap lower, the least important first, and among these those closest in size to what is missing;
// none that is not needed. The work is bounded: an evaluation looks at kMaxExamined allocations, then at no further
// node.
class Preemptor {
 public:
  static constexpr int32_t kPriorityGap = 10;
  static constexpr size_t kMaxExamined = 200'000;

  // Both outlive this.
  Preemptor(PlanBuilder& builder, const GroupSite& site);

  // The cluster's configuration lets jobs of this type take room from others.
  bool allowed() const { return allowed_; }

  // Who has to go from the node for one more of the group; nothing if that is not possible. REQUIRES no room there.
  std::optional<std::vector<AllocRow>> victims_on(uint32_t slot);

  struct Option {
    uint32_t slot = 0;
    std::vector<AllocRow> victims;
    Score score;  // of the node without them
  };
  // The best node on which there are victims. Remembered are the victims of every node until changed().
  std::optional<Option> best(const Ranker& ranker, const Wish& wish);
  void changed(uint32_t slot);

  // The component that victims add to a score.
  double score_of(const std::vector<AllocRow>& victims) const;

  // What has been preempted of a group counts against taking more of it.
  void took(const std::vector<AllocRow>& victims);

 private:
  struct Candidate {
    AllocRow alloc;
    int32_t priority = 0;
    int32_t max_parallel = 0;  // of its group's migrate strategy, 0: none
    const state::GroupAsk* ask = nullptr;
    bool taken = false;
  };
  using GroupKey = std::pair<model::JobKey, std::string>;

  std::vector<Candidate> candidates_on(uint32_t slot);
  bool room_on(uint32_t slot) const;
  bool choose(uint32_t slot, std::vector<Candidate>& candidates);
  double cost(uint32_t slot, const Candidate& candidate) const;
  bool helps(uint32_t slot, const Candidate& candidate) const;
  void drop_superfluous(uint32_t slot, std::vector<Candidate>& candidates);
  Score score_without(uint32_t slot, const std::vector<AllocRow>& victims, const Ranker& ranker, const Wish& wish);

  PlanBuilder& builder_;
  const GroupSite& site_;
  const bool allowed_;
  size_t examined_ = 0;
  bool none_ = false;  // best() found nothing since the last change
  std::map<GroupKey, int32_t> preempted_;
  std::unordered_map<uint32_t, std::optional<std::vector<AllocRow>>> options_;
};

// "preemption" in a score: from 1 for victims of no priority, lower for important ones.
double preemption_score(const std::vector<int32_t>& priorities);

}  // namespace drover::sched
