#pragma once

#include <string_view>

#include "hcl/parser.h"

namespace drover::hcl {

// Reads JSON in the structure of HCL, as {"job": {"web": {…}}}: the members of the outermost object become arguments,
// whose values are objects and lists where HCL has blocks. Strings are templates, as in HCL's own JSON syntax.
// Positions are those of the JSON, save for columns behind strings with escapes that HCL does not have.
// REQUIRES that `text` is one valid JSON object.
ParseResult parse_json_body(std::string_view text, std::string file, const Limits& limits = {});

}  // namespace drover::hcl
