#pragma once

#include "base/clock.h"
#include "state/commands.h"
#include "state/view.h"

#include <vector>

namespace drover::server {

// How long things are kept after they have ended (facts 5.10).
struct GcThresholds {
  Duration evals = std::chrono::hours(1);  // and allocations
  Duration jobs = std::chrono::hours(4);
  Duration nodes = std::chrono::hours(24);
  Duration deployments = std::chrono::hours(1);
};

// Everything is kept for no time: what a forced collection goes by.
inline constexpr GcThresholds kForcedGc{Duration(0), Duration(0), Duration(0), Duration(0)};

// What nothing needs any more. Kept are: evaluations and allocations of batch jobs that are still registered, and
// failed allocations that were not replaced, because they say that the work has been done or has failed for good; the
// failed deployment of a job's version, because nothing more of that is placed; jobs that launch others, unless they
// are stopped; nodes with allocations. Pure; looks at every row.
state::Collect collectable(const state::Snapshot& snapshot, WallTime now, const GcThresholds& thresholds);

// The same in commands of at most `limit` rows, in an order in which each may be applied.
std::vector<state::Collect> in_batches(state::Collect all, size_t limit);

}  // namespace drover::server
