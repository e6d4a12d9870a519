#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <string>
#include <string_view>

namespace drover {

// A Go duration: "1h30m", "250ms", "-1.5s", "0"; units ns us µs ms s m h. Fails on anything else and on overflow.
Result<Duration> parse_duration(std::string_view text);

// As Go prints it: "1h30m0s", "250ms", "0s".
std::string format_duration(Duration d);

// For people: the two largest units, "1h30m", "12s", "3d4h"; "<1s" below a second.
std::string format_duration_short(Duration d);

// RFC 3339 in UTC with seconds: "2026-11-22T21:08:00Z".
std::string format_time(WallTime t);

}  // namespace drover
