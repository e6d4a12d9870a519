#pragma once

#include "cli/console.h"
#include "cli/json.h"

#include <string>

namespace drover::cli {

// A JobDiff as text: "+/- Task Group: "web" (1 create/destroy update)", with what changed below it; what did not change
// only if asked for.
enum class DiffDetail { Changes, Everything };
std::string format_job_diff(const Console& console, const Json& diff, DiffDetail detail);

}  // namespace drover::cli
