#pragma once

#include "base/result.h"
#include "gotmpl/value.h"

namespace drover::gotmpl {

enum class Arithmetic : uint8_t { Add, Subtract, Multiply, Divide, Modulo, Minimum, Maximum };

// consul-template's arithmetic: integers stay integers (of 64 bits, going round like Go's), a float makes a float; two
// unsigned ones stay unsigned. `a` is the left side.
Result<Value> calculate(Arithmetic operation, std::string_view name, const Value& a, const Value& b);

}  // namespace drover::gotmpl
