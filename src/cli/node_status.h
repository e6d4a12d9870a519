#pragma once

#include "cli/command.h"

#include <string>

namespace drover::cli {

// What `drover node status ID` prints; also for `drover status`.
Status show_node(const Session& session, ApiClient& api, const std::string& id);

// The id of the node of the agent that is asked.
Result<std::string> own_node(ApiClient& api);

}  // namespace drover::cli
