#pragma once

#include "jobspec/parse.h"

namespace drover::jobspec {

// Whether a JSON document is a Nosana job definition (000).
bool is_nosana(const codec::Value& value);

// Checks a definition against the schema (closed world: unknown keys are errors, paths are the definition's own) and
// lowers it to the tree of a batch job with one group, whose tasks are the operations in sequence. What the lowered job
// cannot express yet is listed in its tasks' meta (nosana_needs.h).
ParsedJob parse_nosana(const codec::Value& definition, const ParseOptions& options);

}  // namespace drover::jobspec
