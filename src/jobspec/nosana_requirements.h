#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/diagnostics.h"
#include "codec/value.h"

namespace drover::jobspec {

// What a definition's `meta` asks of the machine. Drover enforces it, unlike Nosana's nodes.
struct MachineRequirements {
  std::optional<int64_t> gpu_count;
  std::string memory;  // of each GPU, with its unit: "18 GB"; "": any
  std::string cuda;    // the lowest version that will do; "": any
};

// Reads `meta.system_requirements` and `meta.system_resources`; of a key that both have the larger value counts. GB and
// MB are decimal here: a card that is sold with 24 GB has 24,564 MiB. Reports values that cannot be enforced, and warns
// about keys that nobody enforces.
MachineRequirements machine_requirements(const codec::Value& definition, Diagnostics& diagnostics);

}  // namespace drover::jobspec
