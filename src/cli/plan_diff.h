#pragma once

#include "cli/console.h"
#include "cli/json.h"

#include <string>

namespace drover::cli {

// A JobDiff as text, in Nomad's layout: `+/- Task Group: "web" (1 create/destroy update)`, with what changed below it.
// What is added or deleted as a whole is told in one line, unless it is to be expanded.
enum class DiffDetail { Changes, Expanded };
std::string format_job_diff(const Console& console, const Json& diff, DiffDetail detail);

}  // namespace drover::cli
