#pragma once

#include "codec/value.h"
#include "model/job.h"

namespace drover::jobspec {

// The tree of a job with only what its author has to write: without what the server sets and without defaults, those
// included that the blocks of HCL have. REQUIRES a canonical job.
codec::Value specified_tree(const model::Job& job);

}  // namespace drover::jobspec
