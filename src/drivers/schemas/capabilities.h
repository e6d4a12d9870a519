#pragma once

#include "base/diagnostics.h"

#include <string>
#include <string_view>
#include <vector>

namespace drover::drivers {

inline constexpr std::string_view kAllCapabilities = "ALL";

// "net_raw", "NET_RAW" or "CAP_NET_RAW" → "NET_RAW".
std::string capability_name(std::string_view name);

// All that Linux 6.1 has.
std::vector<std::string> known_capabilities();

// Refuses names that are no capability; "all" is one, and what stands in "${…}" may be.
void check_capabilities(const std::vector<std::string>& names, const std::string& path, Diagnostics& problems);

}  // namespace drover::drivers
