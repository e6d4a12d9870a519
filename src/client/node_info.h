#pragma once

#include "base/clock.h"
#include "codec/value.h"
#include "model/node.h"

// A node as Nosana's tools show it (facts/nosana.md 4.1, GET /node/info). Pure.
namespace drover::client {

struct NodeActivity {
  Duration uptime{0};  // of the agent
  bool busy = false;   // allocations run
};

// What was not measured is left out: the speed of the network, how many of the cores are physical. The country is the
// node's meta "nosana.country".
codec::Value node_info(const model::Node& node, const NodeActivity& activity);

}  // namespace drover::client
