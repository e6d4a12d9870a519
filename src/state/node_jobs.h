#pragma once

#include "state/view.h"

#include <functional>
#include <vector>

// The jobs that something on a node concerns.
namespace drover::state {

enum class NodeJobs {
  WithWork,          // that have allocations on it which have not ended
  WithWorkOrSystem,  // these, and the system and sysbatch jobs that run where the node is
};

// One evaluation for each of them, in the order of their keys; jobs that are gone have none.
std::vector<model::Evaluation> evals_for_node(const Snapshot& snapshot, const model::NodeId& node, NodeJobs which,
                                              const std::function<model::EvalId()>& new_id);

}  // namespace drover::state
