#pragma once

#include "base/random.h"
#include "server/decider.h"

#include <set>

namespace drover::server {

// Stops jobs whose timeout has passed since they were first placed (facts/nosana.md 2.10): queueing does not count,
// downloads do.
class JobExpirer final : public Decider {
 public:
  explicit JobExpirer(Random& ids) : ids_(ids) {}

  void note(const StateChanges& changes) override;
  Decisions decide(const state::Snapshot& snapshot, Moment now) override;

 private:
  Random& ids_;
  std::set<model::JobKey> limited_;  // those that run and have a timeout
  Deadlines<model::JobKey> deadlines_;
};

// When the job was first placed since it was submitted; nothing if it was not yet.
std::optional<WallTime> first_placement(const state::Snapshot& snapshot, const model::Job& job);

}  // namespace drover::server
