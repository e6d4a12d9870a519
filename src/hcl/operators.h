#pragma once

#include "base/result.h"
#include "hcl/ast.h"
#include "hcl/value.h"

namespace drover::hcl {

// `&&` and `||` included: HCL evaluates both sides of them.
Result<Value> apply(BinaryOp op, const Value& left, const Value& right);
Result<Value> apply(UnaryOp op, const Value& operand);

// The value as a condition: bool, or a string that is one.
Result<bool> as_condition(const Value& value);

}  // namespace drover::hcl
