#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "hcl/limits.h"

namespace drover::hcl {

// The text in HCL's canonical layout, as `nomad fmt` and `terraform fmt` write it: two spaces of indentation a level,
// one space around operators, the `=` of neighbouring arguments and the comments behind neighbouring lines aligned.
// Only white space within lines changes: never the lines themselves, comments, or what strings and heredocs say.
// Formatting twice changes nothing more. `file` names the text in the error, which tells all that is wrong with it.
Result<std::string> format(std::string_view text, std::string file, const Limits& limits = {});

}  // namespace drover::hcl
