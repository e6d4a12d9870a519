#pragma once

#include "drivers/exec/exec_options.h"
#include "drivers/permission.h"
#include "drivers/schemas/process_config.h"

#include <string>
#include <string_view>
#include <vector>

namespace drover::drivers {

// What cap_add and cap_drop make of the default set; "all" is every capability. Sorted, as "CAP_…".
std::vector<std::string> granted_capabilities(const ExecConfig& config, const ExecOptions& options);

// Those that the task asked for by name: a user other than root has no others.
std::vector<std::string> added_capabilities(const ExecConfig& config, const ExecOptions& options);

// What this node allows tasks of one of the drivers, as its attributes tell.
Attributes published_policy(std::string_view driver, const ExecOptions& options);

}  // namespace drover::drivers
