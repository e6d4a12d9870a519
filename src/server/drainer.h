#pragma once

#include "base/random.h"
#include "server/decider.h"

#include <set>

namespace drover::server {

// Looks after the nodes that are drained (facts 5.8).
class Drainer final : public Decider {
 public:
  explicit Drainer(Random& ids) : ids_(ids) {}

  void note(const StateChanges& changes) override;
  Decisions decide(const state::Snapshot& snapshot, Moment now) override;

 private:
  Random& ids_;
  std::set<model::NodeId> draining_;
  Deadlines<model::NodeId> deadlines_;
};

}  // namespace drover::server
