#pragma once

#include "cli/command.h"

#include <string>

namespace drover::cli {

// Follows a deployment with blocking queries and prints how far its groups are whenever that changes, until it has
// ended. Then the whole of it is shown once. kSuccess if it was successful, kFailure otherwise.
Result<int> follow_deployment(const Session& session, ApiClient& api, const std::string& id);

// The same, telling how to look at it again if the user has had enough.
Result<int> monitor_deployment(const Session& session, ApiClient& api, const std::string& id);

}  // namespace drover::cli
