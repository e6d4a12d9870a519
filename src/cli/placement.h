#pragma once

#include "cli/command.h"
#include "cli/json.h"

#include <string>
#include <vector>

namespace drover::cli {

// Why nodes could not take an allocation, one reason a line: "Resources exhausted on 2 nodes".
std::vector<std::string> placement_reasons(const Json& metric);

// The paragraphs of an evaluation's FailedTGAllocs:
//   Task Group "web" (failed to place 3 allocations):
//     * Resources exhausted on 2 nodes
std::string failed_placements(const Json& failed_tg_allocs);

// The nodes that an allocation was compared with, best first; "" if the server keeps no scores.
std::string score_table(const Session& session, const Json& metric);

}  // namespace drover::cli
