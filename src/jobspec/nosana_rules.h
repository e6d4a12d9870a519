#pragma once

#include "base/diagnostics.h"
#include "codec/value.h"

namespace drover::jobspec {

// What no schema says about a definition: errors where it cannot run as it stands (arguments of the wrong type of
// operation, ports that do not exist, an S3 resource from nowhere, literals that stand for nothing, an impossible
// plan), and warnings about what Nosana's nodes trip over. Takes a definition of any shape.
void check_nosana_rules(const codec::Value& definition, Diagnostics& diagnostics);

}  // namespace drover::jobspec
