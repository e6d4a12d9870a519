#pragma once

#include "base/random.h"
#include "server/decider.h"
#include "server/periodic_schedule.h"

#include <map>
#include <set>

namespace drover::server {

// Launches periodic jobs when they are due (facts 1.4): once for each time of the schedule, once for all that were
// missed while no server ran, and not while a child runs that must not be overlapped.
class PeriodicDispatcher final : public Decider {
 public:
  explicit PeriodicDispatcher(Random& ids) : ids_(ids) {}

  void note(const StateChanges& changes) override;
  Decisions decide(const state::Snapshot& snapshot, Moment now) override;

 private:
  struct Entry {
    PeriodicSchedule schedule;
    WallTime next;
  };
  void track(const state::Snapshot& snapshot, const model::JobKey& key);
  void untrack(const model::JobKey& key);
  Action launch(const state::Snapshot& snapshot, const model::Job& job, WallTime time, WallTime now);

  Random& ids_;
  std::map<model::JobKey, Entry> entries_;
  std::set<std::pair<WallTime, model::JobKey>> order_;  // by Entry::next
};

}  // namespace drover::server
