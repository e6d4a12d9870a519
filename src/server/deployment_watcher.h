#pragma once

#include "base/random.h"
#include "server/decider.h"

#include <set>

namespace drover::server {

// Looks after the deployments that run (facts 1.3, 5.8).
class DeploymentWatcher final : public Decider {
 public:
  explicit DeploymentWatcher(Random& ids) : ids_(ids) {}

  void note(const StateChanges& changes) override;
  Decisions decide(const state::Snapshot& snapshot, Moment now) override;
  void refused(const std::string& subject) override;

 private:
  Random& ids_;
  std::set<model::DeploymentId> active_;
  std::set<model::DeploymentId> news_;     // whose allocations have something new
  std::set<model::DeploymentId> resumed_;  // have their whole time to make progress again
  Deadlines<model::DeploymentId> deadlines_;
};

}  // namespace drover::server
