#pragma once

#include <string_view>

#include "base/result.h"
#include "hcl/budget.h"
#include "hcl/value.h"

namespace drover::hcl {

// A table as in RFC 4180, its first line naming the columns: one object for each further line. Charges what it makes.
Result<Value> from_csv(std::string_view text, Budget& budget);

}  // namespace drover::hcl
