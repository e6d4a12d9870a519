#pragma once

#include "base/diagnostics.h"
#include "codec/value.h"

namespace drover::jobspec {

// The definition with the defaults of "global" in the `args` of its operations: env is merged, an own value counts
// unless it is an empty string, and `gpu` cannot be switched off. Literals are replaced where all that an operation
// uses are variables of the definition, which are known now. Problems with what comes of that are reported. REQUIRES a
// definition that validates.
codec::Value with_effective_args(const codec::Value& definition, Diagnostics& diagnostics);

}  // namespace drover::jobspec
