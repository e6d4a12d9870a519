#pragma once

#include "base/random.h"
#include "state/view.h"

#include <span>
#include <vector>

// The evaluations that follow from what happens to nodes and from what they report. Pure but for the ids.
namespace drover::server {

// One for each job that has work on the node, because the node is lost, back, or about to be forgotten.
std::vector<model::Evaluation> evals_for_jobs_on(const state::Snapshot& snapshot, const model::NodeId& node,
                                                 Random& ids);

// For the jobs whose allocations a node reports as failed, or as there again after it was cut off: one each.
std::vector<model::Evaluation> evals_for_reports(const state::Snapshot& snapshot,
                                                 std::span<const model::Allocation> reports, Random& ids);

// What a node becomes that is not heard of any more: Disconnected as long as some allocation on it is to be waited for
// (`disconnect.lost_after`), else Down.
model::NodeStatus status_when_lost(const state::Snapshot& snapshot, const model::Node& node);

}  // namespace drover::server
