#pragma once

#include "drivers/driver.h"
#include "drivers/process/process_runtime.h"
#include "drivers/process/process_state.h"
#include "sys/supervisor.h"

#include <memory>

namespace drover::drivers {

// REQUIRES that the process of `state` is `task`.
std::unique_ptr<RunningTask> make_process_task(std::shared_ptr<ProcessShared> shared,
                                               std::shared_ptr<const ProcessRuntime> runtime, ProcessState state,
                                               sys::SupervisedTask task);

// SIGKILL to all that is left of a task that nobody supervises any more, then the removal of its traces; blocks.
void kill_leftovers(const ProcessShared& shared, const ProcessRuntime& runtime, const ProcessState& state);

}  // namespace drover::drivers
