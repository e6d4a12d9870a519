#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/value.h"
#include "jobspec/to_hcl.h"

namespace drover::jobspec {

// What a job can be written in.
enum class JobLanguage : uint8_t { NomadHcl, NomadJson, Nosana };

// By its name on the command line: "nomad-hcl", "nomad-json", "nosana".
std::optional<JobLanguage> job_language(std::string_view name);

struct Converted {
  std::string text;
  std::vector<LeftOut> left_out;  // what the language cannot say
};

// The tree of a job, as parse() makes it, in a language. Fails if the tree is no job.
Result<Converted> convert(const codec::Value& tree, JobLanguage language);

}  // namespace drover::jobspec
