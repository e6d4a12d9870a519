#pragma once

#include "base/random.h"
#include "server/decider.h"

#include <map>
#include <set>
#include <utility>

namespace drover::server {

// Stops jobs whose timeout has passed since they were first placed (facts/nosana.md 2.10): queueing does not count,
// downloads do. Of a job that awaits its definition, since it was submitted.
class JobExpirer final : public Decider {
 public:
  explicit JobExpirer(Random& ids) : ids_(ids) {}

  void note(const StateChanges& changes) override;
  Decisions decide(const state::Snapshot& snapshot, Moment now) override;

 private:
  void schedule(const state::Snapshot& snapshot, const model::JobKey& key, Moment now);
  void unschedule(const model::JobKey& key);

  Random& ids_;
  std::set<model::JobKey> limited_;  // those that may run and have a timeout
  std::set<model::JobKey> changed_;  // of them, whose deadline has to be worked out
  Deadlines<model::JobKey> deadlines_;
  std::map<model::JobKey, MonoTime> due_;  // of those that run
  std::set<std::pair<MonoTime, model::JobKey>> order_;
};

// When the job was first placed since it was submitted; nothing if it was not yet.
std::optional<WallTime> first_placement(const state::Snapshot& snapshot, const model::Job& job);

}  // namespace drover::server
