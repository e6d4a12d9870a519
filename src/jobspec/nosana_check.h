#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "codec/value.h"
#include "jobspec/nosana_schema.h"

namespace drover::jobspec {

// Something in a definition that some parties refuse.
struct NosanaProblem {
  std::string path;  // "ops[0].args.image"
  std::string message;
  NosanaParties refused_by = 0;
};

// Everything that the schema finds wrong for some of `parties`, in the order of the definition, the same thing once.
std::vector<NosanaProblem> check_nosana_schema(const codec::Value& definition, NosanaParties parties = kEverybody);

// "@nosana/sdk", "@nosana/types" or "@nosana/sdk and @nosana/types".
std::string validator_names(NosanaParties validators);

enum class NosanaStrictness : uint8_t {
  Union,   // what either validator accepts, and some things that neither does, with a warning
  Strict,  // only what both validators accept
};

// Checks a definition completely: the schema, the rules of Nosana's planner (nosana_plan.h), and what validates and the
// nodes then trip over (warnings).
void validate_nosana(const codec::Value& definition, NosanaStrictness strictness, Diagnostics& diagnostics);

}  // namespace drover::jobspec
