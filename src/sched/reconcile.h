#pragma once

#include "base/clock.h"
#include "model/allocation.h"
#include "model/job.h"
#include "model/plan.h"
#include "state/view.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace drover::sched {

// A placement that is wanted: a name, and what it replaces.
struct WantedPlacement {
  std::string name;
  state::Row<model::Allocation> previous;  // null: nothing
  bool penalise_previous_node = false;     // the previous one failed there
};

// An allocation to end.
struct WantedStop {
  state::Row<model::Allocation> alloc;
  std::string description;
  bool lost = false;  // its node is gone
};

// An allocation that failed and is to be replaced, but only at a later time.
struct LaterReplacement {
  state::Row<model::Allocation> alloc;
  WallTime when;
};

// What has to happen to one group so that it matches the job (facts 5.7).
struct GroupChanges {
  const model::TaskGroup* group = nullptr;  // null: the job has no such group (any more)
  std::vector<WantedPlacement> place;
  std::vector<WantedStop> stop;
  // Allocations of an older version that can become this one where they are; `destructive` ones have to be replaced.
  std::vector<state::Row<model::Allocation>> in_place;
  std::vector<state::Row<model::Allocation>> destructive;
  std::vector<LaterReplacement> later;
  model::DesiredUpdates updates;
};

struct ReconcileInput {
  const state::Snapshot& snapshot;
  const model::Job* job;  // null or stopped: everything stops
  model::JobKey key;
  WallTime now;
};

// Compares what is with what should be, group by group. Pure; says nothing of where anything goes.
std::map<std::string, GroupChanges> reconcile(const ReconcileInput& input);

// When a failed allocation may be replaced, if ever: now or earlier means at once (facts 1.6). `attempts` holds the
// times of the replacements that led to it, newest first; `failed_at` is when it ended.
std::optional<WallTime> replacement_time(const model::ReschedulePolicy& policy, const std::vector<WallTime>& attempts,
                                         WallTime failed_at);

}  // namespace drover::sched
