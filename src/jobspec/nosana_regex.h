#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace drover::jobspec {

// An ECMAScript regular expression (without flags) in PCRE2's syntax: what PCRE2 reads differently is rewritten, what
// it has and JavaScript has not is refused. The message of an error is the end of JavaScript's ("Nothing to repeat").
Result<std::string> to_pcre(std::string_view regex);

}  // namespace drover::jobspec
