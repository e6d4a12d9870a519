#pragma once

#include <string>
#include <string_view>

namespace drover::codec {

// Appends `name` as the key of a member, with its colon. REQUIRES a name that needs no escapes.
void append_json_key(std::string& out, std::string_view name);

}  // namespace drover::codec
