#pragma once

#include "cli/command.h"

#include <string>

namespace drover::cli {

// Follows the drain of a node and prints what becomes of its allocations, until the drain is over.
Result<int> monitor_drain(const Session& session, ApiClient& api, const std::string& node_id);

}  // namespace drover::cli
