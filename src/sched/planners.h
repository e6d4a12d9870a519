#pragma once

#include "sched/scheduler.h"

namespace drover::sched {

// `count` copies of each group, wherever it is best: service and batch jobs.
Decision plan_generic(const Input& input);

// One copy of each group on every feasible node: system and sysbatch jobs (facts 1.13, 5.7).
Decision plan_system(const Input& input);

}  // namespace drover::sched
