#pragma once

#include "cli/command.h"

#include <string>

namespace drover::cli {

// What `deployment status` shows of one.
Status show_deployment(const Session& session, ApiClient& api, const std::string& id);

}  // namespace drover::cli
