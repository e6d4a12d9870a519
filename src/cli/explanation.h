#pragma once

#include "cli/command.h"
#include "cli/json.h"

#include <string>

namespace drover::cli {

// What the server has to say about the placement of a job (GET /v1/job/:id/explain), group by group.
std::string format_explanation(const Session& session, const Json& explanation);

}  // namespace drover::cli
