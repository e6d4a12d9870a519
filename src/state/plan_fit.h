#pragma once

#include "model/plan.h"
#include "state/draft.h"

#include <vector>

namespace drover::state {

// What a plan does on one node.
struct NodePart {
  std::vector<const model::PlannedStop*> stops;  // of any job
  std::vector<const model::Allocation*> placements;
};

// Facts 5.4: the node is there and takes work, and what stays on it and what comes fit together: CPU, memory (never
// memory_max: what is oversubscribed has no guarantee), disk, ports, cores, devices and host volumes. True if nothing
// comes.
bool fits(Draft& draft, const model::NodeId& id, const NodePart& part);

}  // namespace drover::state
