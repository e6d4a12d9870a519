#pragma once

#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "codec/value.h"
#include "jobspec/nosana_plan.h"
#include "jobspec/nosana_requirements.h"

namespace drover::jobspec {

// A dependency of a task in the job's tree.
struct LoweredDependency {
  std::string task;
  std::string condition;
};

struct NosanaTask {
  const NosanaOp* op = nullptr;  // with effective arguments
  std::string name;
  std::string stage;  // "": none
  std::vector<LoweredDependency> depends_on;
};

// The task of an operation, as a part of a Nomad job's JSON (docs/nosana.md has the mapping).
codec::Value lower_nosana_task(const NosanaTask& task, const MachineRequirements& requirements,
                               Diagnostics& diagnostics);

}  // namespace drover::jobspec
