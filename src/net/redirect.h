#pragma once

#include <string>
#include <string_view>

namespace drover::net {

// The answers that lead elsewhere by their Location.
bool is_redirection(int status);

// The URL that a Location means in an answer of `url`, which is an absolute one: a URL of its own, or the part in which
// it differs. Without a fragment; nothing is checked, and "." and ".." stay.
std::string resolve_location(std::string_view url, std::string_view location);

}  // namespace drover::net
