#pragma once

#include "base/clock.h"
#include "sched/held_index.h"
#include "server/frontend.h"

#include <cstdint>

namespace drover::server {

// What registering a job would do to the cluster as it is now. REQUIRES a canonical, valid job. Runs the scheduler.
PlanPreview preview_job(const state::Snapshot& snapshot, const model::Job& job, WallTime now, uint64_t seed,
                        const sched::HeldIndex* held = nullptr);

}  // namespace drover::server
