#pragma once

#include "base/random.h"
#include "server/decider.h"

#include <set>

namespace drover::server {

// Brings system jobs to nodes that can take work now, and gives up nodes that were cut off once nothing on them is
// waited for any more (facts 5.9).
class NodeWatcher final : public Decider {
 public:
  explicit NodeWatcher(Random& ids) : ids_(ids) {}

  void note(const StateChanges& changes) override;
  Decisions decide(const state::Snapshot& snapshot, Moment now) override;
  void refused(const std::string& subject) override;

 private:
  Random& ids_;
  std::set<model::JobKey> system_jobs_;
  bool nodes_joined_ = false;
  std::set<model::NodeId> disconnected_;
};

}  // namespace drover::server
