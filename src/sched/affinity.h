#pragma once

#include "model/job.h"
#include "state/view.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace drover::sched {

// How much the affinities of job, group and tasks like each node (facts 5.5): the weights of those that match over the
// sum of all weights without their signs, from -1 to 1.
class AffinityScores {
 public:
  // For the nodes in `slots`.
  AffinityScores(const state::Snapshot& snapshot, const model::Job& job, const model::TaskGroup& group,
                 const std::vector<uint32_t>& slots);

  // Nothing: the affinities do not tell, or there are none.
  std::optional<double> of(size_t slot) const {
    if (by_slot_.empty() || by_slot_[slot] == 0) return std::nullopt;
    return by_slot_[slot];
  }

 private:
  std::vector<double> by_slot_;  // empty: no affinities
};

}  // namespace drover::sched
