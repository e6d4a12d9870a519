#pragma once

#include "cli/command.h"
#include "cli/json.h"

#include <string>
#include <vector>

namespace drover::cli {

// Allocation stubs as rows, the newest first: of a job (with the node) or of a node (with the job).
enum class AllocTableOf { Job, Node };
std::string alloc_table(const Session& session, std::vector<Json> allocs, AllocTableOf owner);

// A status in its colour: green while it runs, red when it failed.
std::string status_text(const Console& console, const std::string& status);

}  // namespace drover::cli
