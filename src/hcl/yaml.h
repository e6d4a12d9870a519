#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "hcl/budget.h"
#include "hcl/value.h"

namespace drover::hcl {

// The one document of a YAML text. Plain scalars are read as YAML 1.1 does (`yes` is true, `0x10` a text); aliases
// share what they name, and merge keys `<<` work. Charges what it makes, counted before any sharing.
Result<Value> from_yaml(std::string_view text, Budget& budget);

// Block style, keys sorted, strings in quotes.
std::string to_yaml(const Value& value);

}  // namespace drover::hcl
