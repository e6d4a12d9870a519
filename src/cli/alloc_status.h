#pragma once

#include "cli/command.h"

#include <string>

namespace drover::cli {

// What `drover alloc status ID` prints; also for `drover status`.
Status show_alloc_status(const Session& session, ApiClient& api, const std::string& id);

}  // namespace drover::cli
