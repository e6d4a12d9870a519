#pragma once

#include "scenario/script.h"
#include "scenario/world.h"

namespace drover::scenario {

// Does what people ask of the cluster beyond running and stopping jobs: drains, deployments, launches, collection, the
// clock. Errors are the server's.
Status request(const Statement& statement, World& world);

// Both with an evaluation of each job that they concern.
Status evaluate_node(World& world, const model::NodeId& node);
Status set_eligibility(World& world, const model::NodeId& node, model::NodeEligibility eligibility);

}  // namespace drover::scenario
