#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "state/command.h"

#include <optional>
#include <vector>

namespace drover::server {

// A node that is drained.
struct DrainingNode {
  state::Row<model::Node> node;  // REQUIRES a drain strategy
  bool expired = false;          // drain_deadline() has come, or it had to be empty at once
};

struct DrainStep {
  // What leaves now, with an evaluation for each job; nothing if there is none.
  std::optional<state::UpdateTransitions> migrate;
  std::vector<state::UpdateNodeDrain> complete;  // drains that are over
  std::optional<Duration> look_again;            // when an allocation elsewhere may count as healthy
};

// Moves the next allocations off the nodes that are drained (facts 5.8). Of each group of a service as many leave at a
// time as its `migrate` block says, less those whose healthy replacements are still missing, all draining nodes taken
// together; batch work stays until the deadline; system jobs leave last. Pure but for the ids.
DrainStep drain_step(const state::Snapshot& snapshot, const std::vector<DrainingNode>& nodes, WallTime now,
                     Random& ids);

// When what is left on a node has to go; nothing: never.
std::optional<WallTime> drain_deadline(const model::DrainStrategy& drain);

}  // namespace drover::server
