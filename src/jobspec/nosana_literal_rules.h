#pragma once

#include <vector>

#include "base/diagnostics.h"
#include "codec/value.h"
#include "jobspec/nosana_plan.h"

namespace drover::jobspec {

// Literals that cannot stand for anything when their operation starts are errors, those that are not recognised as
// literals warnings. Takes a definition of any shape.
void check_nosana_literals(const codec::Value& definition, const std::vector<NosanaOp>& ops, Diagnostics& diagnostics);

}  // namespace drover::jobspec
