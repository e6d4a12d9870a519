#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace drover::gotmpl {

inline constexpr std::string_view kRfc3339 = "2006-01-02T15:04:05Z07:00";

// A time in UTC in one of Go's layouts, which show how "Mon Jan 2 15:04:05 2006" would look.
std::string format_go_time(WallTime time, std::string_view layout);

// Whole seconds since 1970, rounded down.
int64_t floor_seconds(WallTime time);

}  // namespace drover::gotmpl
