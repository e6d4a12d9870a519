#pragma once

#include <string_view>

#include "jobspec/parse.h"

namespace drover::jobspec {

// Reads a job file in HCL: exactly one job, and the variables and locals that its expressions use.
ParsedJob parse_hcl(std::string_view text, const ParseOptions& options);

}  // namespace drover::jobspec
