#pragma once

#include "base/clock.h"
#include "model/job.h"
#include "sched/explanation.h"
#include "sched/held_index.h"
#include "state/view.h"

#include <string>

namespace drover::sched {

// Why a group is placed as it is, or not: each node as a place for one more allocation as things are now. The job is
// the stored one, or a candidate. REQUIRES a canonical job that has the group. Pure; O(nodes).
GroupExplanation explain(const state::Snapshot& snapshot, const model::Job& job, const std::string& group, WallTime now,
                         const HeldIndex* held = nullptr);

// All its groups.
JobExplanation explain(const state::Snapshot& snapshot, const model::Job& job, WallTime now,
                       const HeldIndex* held = nullptr);

}  // namespace drover::sched
