#pragma once

#include "drivers/exec/exec_options.h"
#include "drivers/schemas/process_config.h"

#include <string>
#include <string_view>
#include <vector>

namespace drover::drivers {

// "net_raw", "NET_RAW" or "CAP_NET_RAW" → "CAP_NET_RAW".
std::string capability_name(std::string_view name);

// What cap_add and cap_drop make of the default set; "all" is every capability. Sorted, as "CAP_…".
std::vector<std::string> granted_capabilities(const ExecConfig& config, const ExecOptions& options);

// Those that the task asked for by name: a user other than root has no others.
std::vector<std::string> added_capabilities(const ExecConfig& config, const ExecOptions& options);

// What a config asks for and this node's operator has not allowed; each message names the option. Pure.
void check_exec_policy(const ExecConfig& config, const ExecOptions& options, Diagnostics& problems);

}  // namespace drover::drivers
