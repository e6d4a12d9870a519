#pragma once

#include "base/diagnostics.h"
#include "codec/value.h"

namespace drover::jobspec {

// Adds everything that the published validators of Nosana agree to refuse in a definition, and warnings about what
// they accept and the nodes then trip over (facts: nosana.md, section 1).
void validate_nosana(const codec::Value& definition, Diagnostics& diagnostics);

}  // namespace drover::jobspec
