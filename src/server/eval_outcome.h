#pragma once

#include "base/random.h"
#include "model/evaluation.h"
#include "sched/scheduler.h"
#include "state/view.h"

#include <vector>

namespace drover::server {

// What the work on an evaluation led to.
struct WorkedEval {
  const model::Evaluation& eval;
  const state::Snapshot& snapshot;  // of the last attempt
  const sched::Decision& decision;  // of the last attempt
  bool attempts_exhausted = false;  // the plan kept colliding with other changes
};

// The evaluations to write when the work on one has ended: itself with its new status; a blocked one for what was not
// placed (or itself blocked again); blocked ones of the job that this makes superfluous, cancelled; follow-ups. Pure
// but for the ids.
std::vector<model::Evaluation> eval_outcome(const WorkedEval& work, Random& ids);

// A pending evaluation of the same job that follows an earlier one; also when the job is gone.
model::Evaluation follow_up_of(const model::Evaluation& eval, model::EvalId id, const char* trigger);

}  // namespace drover::server
