#pragma once

#include <vector>

#include "codec/value.h"
#include "jobspec/to_hcl.h"
#include "model/job.h"

namespace drover::jobspec {

struct NosanaDefinition {
  codec::Value definition;
  std::vector<LeftOut> left_out;
};

// A job as a Nosana definition: docs/nosana.md backwards. A job that was a definition becomes an equivalent one again;
// of any other job the tasks of the first group become operations, and what they cannot say is named. A definition
// has no name: a job is named after its file.
NosanaDefinition to_nosana(const model::Job& job);

}  // namespace drover::jobspec
