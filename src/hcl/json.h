#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "hcl/value.h"

namespace drover::hcl {

// Compact, keys sorted, with `<`, `>` and `&` escaped, as HCL's jsonencode does.
std::string to_json(const Value& value);

Result<Value> from_json(std::string_view text, size_t max_depth);

}  // namespace drover::hcl
