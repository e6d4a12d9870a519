#pragma once

#include "model/alloc_metric.h"
#include "sched/distinct.h"
#include "sched/feasible.h"
#include "sched/usage.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <unordered_map>
#include <vector>

namespace drover::sched {

// The components of a node's score and their mean (facts 5.5): each in [-1, 1], only those that apply.
struct Score {
  double binpack = 0;
  std::optional<double> anti_affinity;  // other allocations of the group on the node
  std::optional<double> penalty;        // the allocation that is replaced failed there

  double mean() const;
  model::NodeScore to_model(model::NodeId node) const;
};

// The best node for each of a group's placements, one after the other. Every feasible node is scored once; after that
// only nodes that change are scored again: O(nodes + placements × log nodes), with the exact best each time. Equal
// scores are ordered by a hash of the seed, so that evaluations spread over equal nodes.
class Ranker {
 public:
  struct Context {
    const state::Snapshot& snapshot;
    const Feasibility& feasibility;
    const state::GroupAsk& ask;
    Usage& usage;
    DistinctRules& distinct;
    int32_t desired_count = 1;
    uint64_t seed = 0;
  };

  explicit Ranker(const Context& context);

  // How many allocations of the group run on the node already. To be called before the first pick().
  void count_existing(uint32_t slot) { ++collisions_[slot]; }

  // The best node, or nothing if none fits. `penalised` is a node where the replaced allocation failed.
  std::optional<uint32_t> pick(std::optional<uint32_t> penalised);

  // Tells that an allocation of the group was put on the node, or taken off it; usage and distinct rules have changed.
  void placed(uint32_t slot);
  void removed(uint32_t slot);

  Score score(uint32_t slot, std::optional<uint32_t> penalised) const;

  // The best nodes of the moment, best first.
  std::vector<model::NodeScore> best(size_t limit) const;

  // Adds to `metric` why no feasible node takes one more.
  void explain(model::AllocMetric& metric) const;

 private:
  struct Entry {
    double score;
    uint32_t tie;
    uint32_t slot;
    uint32_t stamp;  // stale unless it equals the slot's
    bool operator<(const Entry& other) const { return score != other.score ? score < other.score : tie < other.tie; }
  };

  void build();
  bool takes_one_more(uint32_t slot) const;
  Entry entry_of(uint32_t slot) const;
  void refresh(uint32_t slot);
  std::optional<Entry> pop();
  uint32_t collisions(uint32_t slot) const;

  Context context_;
  bool built_ = false;
  std::vector<uint32_t> stamps_;
  std::priority_queue<Entry> heap_;
  std::unordered_map<uint32_t, uint32_t> collisions_;
};

}  // namespace drover::sched
