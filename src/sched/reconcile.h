#pragma once

#include "base/clock.h"
#include "model/allocation.h"
#include "model/deployment.h"
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
  bool rescheduled = false;                // the previous one failed; its node is worse for that
  bool canary = false;
  state::Row<model::Job> older = nullptr;  // the version that it gets; null: the job's own
};

// An allocation to end, or (client_status Unknown) to give up waiting for.
struct WantedStop {
  state::Row<model::Allocation> alloc;
  std::string description;
  // What it becomes at once: Lost where its node is gone, Unknown where it may come back.
  std::optional<model::ClientStatus> client_status;
};

// Something to look at again at a later time, and why.
struct Later {
  WallTime when;
  const char* trigger = model::trigger::kAllocFailure;
  state::Row<model::Allocation> alloc = nullptr;  // that waits for it, and learns which evaluation it will be
  uint64_t cause = 0;                             // what began at this index
};

// What has to happen to one group so that it matches the job (facts 5.7).
struct GroupChanges {
  const model::TaskGroup* group = nullptr;  // null: the job has no such group (any more)
  std::vector<WantedPlacement> place;
  std::vector<WantedStop> stop;
  // Allocations of an older version that can become this one where they are; those of `destructive` are replaced now,
  // as many as the update strategy allows.
  std::vector<state::Row<model::Allocation>> in_place;
  std::vector<state::Row<model::Allocation>> destructive;
  std::vector<state::Row<model::Allocation>> migrate;  // to be stopped where they are and placed elsewhere
  bool migrate_as_they_are = false;                    // each in its own version
  std::vector<Later> later;
  model::DesiredUpdates updates;
};

struct Changes {
  std::map<std::string, GroupChanges> groups;
  // A deployment to create (its id is empty), or the one that goes on, with what this evaluation adds to it: new
  // placements belong to it.
  std::optional<model::Deployment> deployment;
  bool new_deployment = false;
  std::vector<model::DeploymentUpdate> deployment_updates;

  // Whether placements of the group belong to the deployment.
  bool deploys(const std::string& group) const { return deployment && deployment->task_groups.contains(group); }
};

struct ReconcileInput {
  const state::Snapshot& snapshot;
  const model::Job* job;  // null or stopped: everything stops
  model::JobKey key;
  WallTime now;
  const model::Evaluation* eval = nullptr;  // that is worked on
};

// Compares what is with what should be, group by group, for service and batch jobs. Pure; says nothing of where
// anything goes.
Changes reconcile(const ReconcileInput& input);

}  // namespace drover::sched
