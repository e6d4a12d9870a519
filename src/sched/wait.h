#pragma once

#include "sched/reconcile.h"

namespace drover::sched {

// Something that waits for a while before it is decided what becomes of it.
struct Wait {
  state::Row<model::Allocation> alloc;
  const char* trigger = model::trigger::kAllocFailure;  // of the evaluation that is to look at it again
  WallTime since;
  Duration delay{0};
  uint64_t cause = 0;  // the index of what began it: an evaluation made before that is about something earlier
};

// When it is over, now or earlier if it is. Somebody may have set the clock since it began: it never lasts longer than
// `delay` from now on, and the evaluation that it waits for ends it, whatever time that comes at.
Later end_of(const Wait& wait, const ReconcileInput& input);

// Whether the allocation knows already that `eval` will look at it.
bool knows_of(const Later& later, const model::Evaluation& eval);

}  // namespace drover::sched
