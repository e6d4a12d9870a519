#pragma once

#include "model/alloc_metric.h"
#include "sched/affinity.h"
#include "sched/devices.h"
#include "sched/distinct.h"
#include "sched/feasible.h"
#include "sched/locality.h"
#include "sched/node_heaps.h"
#include "sched/score.h"
#include "sched/spread.h"
#include "sched/usage.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace drover::sched {

// In AllocMetric::dimension_exhausted.
inline constexpr const char* kNoDevices = "devices: no devices match request";

// What one placement asks for beyond what its group does.
struct Wish {
  std::optional<uint32_t> penalised;  // a node where the replaced allocation failed
  int32_t index = 0;                  // of the allocation's name
};

// The best node for each of a group's placements, one after the other. Every feasible node is scored once; after that
// only nodes that change are scored again: O(nodes + placements × log nodes), with the exact best each time, also with
// spreads. Equal scores are ordered by a hash of the seed, so that evaluations spread over equal nodes.
class Ranker {
 public:
  struct Context {
    const state::Snapshot& snapshot;
    const model::Job& job;
    const model::TaskGroup& group;
    const state::GroupAsk& ask;
    const Feasibility& feasibility;
    const DeviceRules& devices;
    const DistinctRules& distinct;
    const Usage& usage;
    uint64_t seed = 0;
    const HeldIndex* held = nullptr;  // null: nobody knows
  };

  explicit Ranker(const Context& context);

  // An allocation of the group runs on the node already. To be called before the first pick().
  void count_existing(uint32_t slot);

  // The best node, or nothing if none fits.
  std::optional<uint32_t> pick(const Wish& wish);

  // Tells that an allocation of the group was put on the node, or taken off it; usage and distinct rules have changed.
  void placed(uint32_t slot);
  void removed(uint32_t slot);
  // Tells that something else has changed what the node has left.
  void refresh(uint32_t slot);

  // Whether the node, feasible or not, has room for one more.
  bool takes_one_more(uint32_t slot) const;
  bool suits(uint32_t slot, const Wish& wish) const;
  Score score(uint32_t slot, const Wish& wish) const;

  // The best nodes of the moment for a placement, best first.
  std::vector<model::NodeScore> best(size_t limit, const Wish& wish);

  // Adds to `metric` why no feasible node takes one more.
  void explain(model::AllocMetric& metric) const;
  void explain(uint32_t slot, model::AllocMetric& metric) const;

 private:
  void build();
  NodeHeaps::Entry entry_of(uint32_t slot) const;
  std::optional<uint32_t> next();
  std::optional<uint32_t> scan(const Wish& wish) const;
  std::vector<uint32_t> best_of_heaps(size_t limit);
  std::vector<uint32_t> best_of_all(size_t limit, const Wish& wish) const;
  bool better(uint32_t slot, double score, std::optional<uint32_t> than, double than_score) const;

  Context context_;
  const bool evenly_;  // the cluster is to be filled evenly
  SpreadRules spreads_;
  AffinityScores affinities_;
  LocalityScores locality_;
  std::vector<uint32_t> collisions_;  // by slot
  NodeHeaps heaps_;
  bool built_ = false;
};

}  // namespace drover::sched
