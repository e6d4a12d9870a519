#pragma once

#include "model/job.h"
#include "sched/held_index.h"
#include "state/view.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace drover::sched {

// How much of the assets and images of a group's tasks each node has: bytes that need not be fetched, over the bytes of
// all that is known plus kLocalityHalf, so that little things move little. From 0 to 1.
//
// What is needed is known by the nodes that have it. Where none has anything of it, locality does not tell.
class LocalityScores {
 public:
  // `held` may be null. A group without assets and images costs next to nothing; the others look at the holders of what
  // they need, and at no other node.
  LocalityScores(const state::Snapshot& snapshot, const model::TaskGroup& group, const HeldIndex* held);

  std::optional<double> of(size_t slot) const {
    if (by_slot_.empty()) return std::nullopt;
    return by_slot_[slot];
  }

 private:
  std::vector<double> by_slot_;  // empty: it does not tell
};

// So many bytes take some seconds: half of what locality can say.
inline constexpr double kLocalityHalf = 256.0 * (1 << 20);

}  // namespace drover::sched
