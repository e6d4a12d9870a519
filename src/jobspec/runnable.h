#pragma once

#include "base/diagnostics.h"
#include "model/job.h"

namespace drover::jobspec {

// Adds an error for everything a correct job asks for that this version of Drover cannot do yet, so that nothing is
// accepted without effect; a warning where the job runs all the same. REQUIRES a canonicalized job.
void check_runnable(const model::Job& job, Diagnostics& diagnostics);

// The same as warnings: for judging whether a job is correct.
void warn_unless_runnable(const model::Job& job, Diagnostics& diagnostics);

}  // namespace drover::jobspec
