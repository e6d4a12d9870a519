#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hcl/budget.h"

namespace drover::hcl {

// The paths that match a pattern: `*` and `?` within a name, `**` any number of directories, `[a-z]` and `[^a-z]`,
// `{one,other}`, `\` before a character that stands for itself.
Result<std::vector<std::string>> matching_paths(std::vector<std::string> paths, std::string_view pattern,
                                                Budget& budget);

}  // namespace drover::hcl
