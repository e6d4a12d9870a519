#pragma once

#include "base/random.h"
#include "model/job.h"

#include <string>

namespace drover::sim {

// A random job that is valid.
model::Job random_job(Random& random, const std::string& id);

// Another version of it of the same kind: in place, destructive, or of another size.
model::Job changed_job(Random& random, model::Job job);

}  // namespace drover::sim
