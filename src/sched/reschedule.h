#pragma once

#include "base/clock.h"
#include "model/allocation.h"
#include "model/policies.h"

#include <optional>

namespace drover::sched {

// How long after its end a failed allocation may be replaced, if ever (facts 1.6). Its own `reschedules` are the
// replacements that led to it.
std::optional<Duration> replacement_delay(const model::ReschedulePolicy& policy, const model::Allocation& failed);

// When an allocation ended, as its tasks tell: by the clock of its node, but not before it was made.
WallTime ended_at(const model::Allocation& alloc);

// The `reschedules` of the allocation that replaces `failed`: those without effect on the policy any more are dropped.
std::vector<model::RescheduleEvent> reschedules_of_successor(const model::ReschedulePolicy& policy,
                                                             const model::Allocation& failed, WallTime now);

}  // namespace drover::sched
