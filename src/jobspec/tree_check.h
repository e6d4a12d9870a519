#pragma once

#include "base/diagnostics.h"
#include "codec/value.h"
#include "jobspec/parse.h"

namespace drover::jobspec {

// Looks for keys of a job's tree that to_job() would not take over: an error for each that Nomad has and this version
// of Drover does not, unless its value has no effect; a warning for each that nobody knows.
void check_keys(const codec::Value& tree, Format format, Diagnostics& diagnostics);

}  // namespace drover::jobspec
