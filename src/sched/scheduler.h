#pragma once

#include "base/clock.h"
#include "model/evaluation.h"
#include "model/plan.h"
#include "sched/held_index.h"
#include "state/view.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace drover::sched {

// All that a decision depends on. The same input gives the same output.
struct Input {
  const state::Snapshot& snapshot;
  const model::Evaluation& eval;
  // The job as it is to be looked at: the stored one, or a candidate for `job plan`. Null: there is none (any more).
  state::Row<model::Job> job;
  WallTime now;
  const HeldIndex* held = nullptr;  // what nodes hold ready; null: nobody knows
  uint64_t seed = 0;                // breaks ties between equally good nodes, and makes the ids of what is created
};

// What is to be done for an evaluation. `plan` may be a no-op. `failed` says, by group, why placements are missing from
// it; `follow_ups` are evaluations to create whatever becomes of the plan (rescheduling later).
struct Decision {
  model::Plan plan;
  std::map<std::string, model::AllocMetric> failed;
  std::map<std::string, int32_t> queued;          // by group: placements wanted but not in the plan
  std::map<std::string, bool> class_eligibility;  // for a blocked evaluation (facts 5.3)
  bool escaped_computed_class = false;
  std::vector<model::Evaluation> follow_ups;
  // For the jobs that lose allocations to this plan: to be written with it (ApplyPlan::evals).
  std::vector<model::Evaluation> preemption_evals;
};

// Makes the allocations of the job what its specification says (facts 1.13, 5.5, 5.7): `count` copies of each group of
// service and batch jobs, each with the exact best score over every feasible node; one copy on every feasible node for
// system and sysbatch jobs. Pure.
Decision schedule(const Input& input);

// How often a worker plans again after a partial commit before it gives up (facts 5.2).
int32_t max_attempts(model::JobType type);

}  // namespace drover::sched
