#pragma once

#include "base/clock.h"
#include "cli/json.h"

#include <string>
#include <string_view>

namespace drover::cli {

// "5s ago" for nanoseconds since 1970; "" for 0.
std::string time_ago(WallTime now, int64_t unix_nanos);

// "2026-11-22T21:08:00Z" for nanoseconds since 1970, "N/A" for 0.
std::string time_stamp(int64_t unix_nanos);

// The same for a time that the server sends as a text: without parts of a second, "N/A" for none and for Go's zero
// time.
std::string time_stamp(const Json& time);

// "12 MiB" for a number of bytes.
std::string byte_size(int64_t bytes);

// "a, b" for a list of scalars.
std::string comma_list(const Json& list);

// `text`, or "<none>".
std::string or_none(std::string text);

// The text of a task event, from the newest field that it has.
std::string event_message(const Json& event);

}  // namespace drover::cli
