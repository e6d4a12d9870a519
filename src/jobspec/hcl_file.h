#pragma once

#include <string_view>

#include "codec/value.h"
#include "jobspec/parse.h"

namespace drover::jobspec {

// Reads a job file in HCL: exactly one job, and the variables and locals that its expressions use.
ParsedJob parse_hcl(std::string_view text, const ParseOptions& options);

// The same for JSON in the structure of HCL, {"job": {"web": {"group": …}}}, as HCL1 and HCL2 both read it.
// REQUIRES that is_hcl_json() is true of the value of `text`.
ParsedJob parse_hcl_json(std::string_view text, const ParseOptions& options);

// A member "job" whose members are blocks, and not the keys of a job.
bool is_hcl_json(const codec::Value& document);

}  // namespace drover::jobspec
