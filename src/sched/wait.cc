#include "sched/wait.h"

#include <algorithm>

namespace drover::sched {

bool knows_of(const Later& later, const model::Evaluation& eval) {
  return later.alloc && later.alloc->follow_up_eval_id == eval.id && eval.triggered_by == later.trigger &&
         later.cause <= eval.create_index;
}

Later end_of(const Wait& wait, const ReconcileInput& input) {
  Later later{.when = std::min(wait.since, input.now) + wait.delay,
              .trigger = wait.trigger,
              .alloc = wait.alloc,
              .cause = wait.cause};
  const bool has_come = input.eval && knows_of(later, *input.eval);
  if (has_come) later.when = std::min(later.when, input.now);
  return later;
}

}  // namespace drover::sched
