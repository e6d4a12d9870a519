#pragma once

#include "base/result.h"
#include "sim/sim_disk.h"
#include "state/command.h"
#include "state/view.h"

#include <span>

// What must be true of any state, or of what follows another. An error says what is not.
namespace drover::sim {

// The allocations of a node that have not ended take no more than it has, and nothing twice.
Status check_node(const state::Snapshot& snapshot, const model::NodeId& node);

// What one allocation became: a terminal client status is final, and it stays on its node and of its job.
Status check_successor(const model::Allocation& before, const model::Allocation& after);

// No group has more allocations that should run than its job wants, canaries and what a disconnected node may still run
// apart; while evaluations of the job wait, than some version that is kept wanted.
Status check_counts(const state::Snapshot& snapshot, const model::JobKey& job);

// The commands, applied one by one to nothing, from their bytes, give these rows.
Status check_replay(std::span<const state::Command> history, const Rows& rows);

}  // namespace drover::sim
