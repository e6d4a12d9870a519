#pragma once

#include "base/result.h"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace drover::sys {

// CPUs by number, as the kernel writes them: "0-3,7".
using CpuSet = std::set<int32_t>;

std::string format_cpu_list(const CpuSet& cpus);
Result<CpuSet> parse_cpu_list(std::string_view text);

// Those of this machine that are online.
Result<CpuSet> online_cpus();

}  // namespace drover::sys
