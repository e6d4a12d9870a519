#pragma once

#include "base/clock.h"
#include "cli/json.h"

#include <string>

namespace drover::cli {

// "2026-11-23T03:40:00Z (4s from now)": when a periodic job starts next, as far as this machine can tell; "" if it is
// not started by itself.
std::string next_launch_text(const Json& periodic, WallTime now);

}  // namespace drover::cli
