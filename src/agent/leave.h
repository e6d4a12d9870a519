#pragma once

#include "agent/config.h"
#include "base/clock.h"
#include "base/result.h"
#include "model/ids.h"

#include <string>

namespace drover::agent {

// Drains the node and returns when that is done: what ran on it has ended here, and runs elsewhere if it can. The node
// stays ineligible, as after every drain. `api`: the URL of an agent's HTTP API. Blocks. An error if the servers do
// not take the drain, or allocations are still left some time after the deadline.
Status drain_node(const std::string& api, const Clock& clock, model::NodeId node, const DrainOnShutdownConfig& config);

}  // namespace drover::agent
