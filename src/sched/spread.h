#pragma once

#include "model/job.h"
#include "sched/attribute_values.h"
#include "state/view.h"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace drover::sched {

// The spreads of job and group (facts 5.5): how much the next allocation of the group is wanted on a node for the sake
// of distribution, from -1 to 1. It depends only on the node's combination of values of the spread attributes, and for
// these only on how many allocations they have; so nodes are ranked combination by combination.
class SpreadRules {
 public:
  // All that the boost of a combination depends on, apart from the extremes over all values. Equal signatures have
  // equal boosts, whatever happens.
  using Signature = std::vector<uint64_t>;

  SpreadRules(const state::Snapshot& snapshot, const model::Job& job, const model::TaskGroup& group);

  bool any() const { return !spreads_.empty(); }
  // Combinations are numbered from 0; without spreads there is one.
  size_t combinations() const { return combinations_; }
  uint32_t combination_of(size_t slot) const { return spreads_.empty() ? 0 : by_slot_[slot]; }
  Signature signature(uint32_t combination) const;

  double boost(const Signature& signature) const;
  // Nothing: the spreads do not tell.
  std::optional<double> boost_of(size_t slot) const;

  // Allocations of the group come to (1) or leave (-1) the node.
  void change(size_t slot, int32_t by);
  // The combinations whose signatures a change on the node changes.
  std::vector<uint32_t> changed_by(size_t slot) const;

 private:
  struct Spread {
    AttributeValues values;
    double share = 0;                 // of the weights of all spreads
    std::vector<double> desired;      // by target; empty: an even spread
    std::vector<uint32_t> target;     // by value: an index of `desired`, or kNoTarget
    std::vector<uint32_t> used;       // allocations by value
    std::map<uint32_t, size_t> with;  // how many values have so many allocations, those without any left out
    std::vector<std::vector<uint32_t>> combinations;  // by value
  };
  static constexpr uint32_t kNoTarget = UINT32_MAX;

  void add(const state::Snapshot& snapshot, const model::Spread& spread, int32_t count, double total_weight);
  void combine(size_t slots);
  static double even_boost(const Spread& spread, uint32_t used);
  static double target_boost(const Spread& spread, uint32_t target, uint32_t used);

  std::vector<Spread> spreads_;
  size_t combinations_ = 1;
  std::vector<uint32_t> by_slot_;
  std::vector<uint32_t> values_;  // of combination c and spread s at c * spreads + s
};

}  // namespace drover::sched
