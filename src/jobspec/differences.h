#pragma once

#include "base/diagnostics.h"
#include "model/job.h"

namespace drover::jobspec {

// Warns where this version of Drover does something else than a job asks for, and the job is still as good as its
// author can expect. REQUIRES a canonical job.
void warn_of_differences(const model::Job& job, Diagnostics& diagnostics);

}  // namespace drover::jobspec
