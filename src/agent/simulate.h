#pragma once

#include "base/result.h"
#include "cli/command.h"

#include <string>
#include <vector>

namespace drover::agent {

// The rest of `drover operator simulate`: nodes of `servers` until SIGINT or SIGTERM, with a line when their state has
// changed, at most each second. The exit status.
//
// REQUIRES that no other thread runs: signals are blocked for all that follow.
Result<int> simulate(cli::Session& session, const std::vector<std::string>& servers);

}  // namespace drover::agent
