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
    WallTime since;  // launches count from then on
    WallTime next;
  };
  void track(const state::Snapshot& snapshot, const model::JobKey& key);
  void add(const model::JobKey& key, PeriodicSchedule schedule, WallTime since);
  void return_from_the_future(WallTime now);
  void untrack(const model::JobKey& key);
  Action launch(const state::Snapshot& snapshot, const model::Job& job, WallTime time, WallTime now);

  Random& ids_;
  std::map<model::JobKey, Entry> entries_;
  std::set<std::pair<WallTime, model::JobKey>> by_next_;
  std::set<std::pair<WallTime, model::JobKey>> by_since_;
};

}  // namespace drover::server
