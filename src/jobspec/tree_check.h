#pragma once

#include "base/diagnostics.h"
#include "codec/value.h"
#include "jobspec/parse.h"

namespace drover::jobspec {

// Looks for keys of a job's tree that would not have their effect: those that this version of Drover does not support,
// unless their value says what happens anyway (an error for Purpose::Run, else a warning), and those that nobody knows
// (a warning).
void check_keys(const codec::Value& tree, Format format, Purpose purpose, Diagnostics& diagnostics);

}  // namespace drover::jobspec
