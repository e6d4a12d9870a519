#pragma once

#include "codec/fwd.h"
#include "model/allocation.h"
#include "model/deployment.h"
#include "model/evaluation.h"
#include "model/ids.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace drover::model {

// An allocation that a plan ends, or of which it only notes something (desired_status as it is).
struct PlannedStop {
  AllocId alloc_id;
  NodeId node_id;
  DesiredStatus desired_status = DesiredStatus::Stop;
  std::string description;
  // What the client status becomes at once: Lost when the node is gone, otherwise unchanged (no value).
  std::optional<ClientStatus> client_status;
  AllocId preempted_by;   // evicted for this placement of the plan
  EvalId follow_up_eval;  // that will look at it again (rescheduling later)
};
void describe(codec::StructBuilder& d, PlannedStop& r);

// How many allocations of a group a plan touches, by what it does to them (facts 5.7); shown by `job plan`.
struct DesiredUpdates {
  uint64_t ignore = 0;
  uint64_t place = 0;
  uint64_t migrate = 0;
  uint64_t stop = 0;
  uint64_t in_place_update = 0;
  uint64_t destructive_update = 0;
  uint64_t canary = 0;
  uint64_t preemptions = 0;
};
void describe(codec::StructBuilder& d, DesiredUpdates& r);

// What a scheduler wants done for one evaluation. Optimistic: the writer checks it again, node by node, and leaves out
// what no longer fits.
struct Plan {
  EvalId eval_id;
  Uuid eval_token;  // proves that the evaluation is still this scheduler's
  int32_t priority = 50;
  bool all_at_once = false;
  std::string ns;
  std::string job_id;
  uint64_t job_version = 0;
  uint64_t snapshot_index = 0;
  std::vector<PlannedStop> stops;
  std::vector<Allocation> placements;  // new ones, and in-place updates under their old id
  std::map<std::string, DesiredUpdates> desired_updates;
  std::vector<PlannedStop> preemptions;  // allocations of other jobs that make room
  std::optional<Deployment> deployment;  // to be created with the placements
  std::vector<DeploymentUpdate> deployment_updates;

  bool is_no_op() const {
    return stops.empty() && placements.empty() && preemptions.empty() && !deployment && deployment_updates.empty();
  }
};
void describe(codec::StructBuilder& d, Plan& r);

}  // namespace drover::model
