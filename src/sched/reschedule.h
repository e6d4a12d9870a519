#pragma once

#include "base/clock.h"
#include "model/allocation.h"
#include "model/policies.h"

#include <optional>

namespace drover::sched {

// When a failed allocation may be replaced, if ever: now or earlier means at once (facts 1.6). Its own
// `reschedules` are the replacements that led to it.
std::optional<WallTime> replacement_time(const model::ReschedulePolicy& policy, const model::Allocation& failed);

// The delay that the policy asks for after the replacements that led to an allocation that ended at `failed_at`.
Duration reschedule_delay(const model::ReschedulePolicy& policy, const model::Allocation& failed);

// When an allocation ended, as its tasks tell.
WallTime ended_at(const model::Allocation& alloc);

// The `reschedules` of the allocation that replaces `failed`: those without effect on the policy any more are dropped.
std::vector<model::RescheduleEvent> reschedules_of_successor(const model::ReschedulePolicy& policy,
                                                             const model::Allocation& failed, WallTime now);

}  // namespace drover::sched
