#pragma once

#include "base/result.h"

#include <map>
#include <string>
#include <string_view>

namespace drover::client {

// The variables of a file that a template with `env = true` was rendered to: lines of KEY=value, as Nomad reads them.
// Empty lines and those that begin with # say nothing; "export " before a key is skipped. A value is trimmed and ends
// at " #"; parts in single quotes are taken literally, parts in double quotes with JSON's escapes. The last one of a
// name counts. Errors name the line, but nothing of its value.
Result<std::map<std::string, std::string>> parse_env_file(std::string_view text);

}  // namespace drover::client
