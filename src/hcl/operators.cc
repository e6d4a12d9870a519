#include "hcl/operators.h"

namespace drover::hcl {
namespace {

tl::unexpected<Error> needs(std::string_view what, std::string_view op, const Value& value) {
  return err(ErrorCode::InvalidArgument, "\"{}\" needs {}, found {}", op, what, describe(value));
}

Result<Number> number_for(std::string_view op, const Value& value) {
  if (const auto number = to_number(value)) return *number;
  return needs("a number", op, value);
}

Result<bool> bool_for(std::string_view op, const Value& value) {
  if (const auto truth = to_bool(value)) return *truth;
  return needs("a bool", op, value);
}

// Only the client knows the value, so that any answer here would be a guess.
Status check_known(std::string_view op, const Value& value) {
  if (!value.has_verbatim()) return Ok{};
  return err(ErrorCode::InvalidArgument, "\"{}\" cannot be applied to {}: only the client knows its value", op,
             describe(value));
}

Result<Value> apply_arithmetic(BinaryOp op, const Number& a, const Number& b) {
  std::optional<Number> result;
  switch (op) {
    case BinaryOp::Add:
      result = add(a, b);
      break;
    case BinaryOp::Sub:
      result = subtract(a, b);
      break;
    case BinaryOp::Mul:
      result = multiply(a, b);
      break;
    case BinaryOp::Div:
      result = divide(a, b);
      break;
    default:
      result = modulo(a, b);
      break;
  }
  if (result) return Value(*result);
  const bool by_zero = (op == BinaryOp::Div || op == BinaryOp::Mod) && b.is_zero();
  return err(ErrorCode::InvalidArgument, "{} {} {}: {}", a.to_string(), to_string(op), b.to_string(),
             by_zero ? "division by zero" : "the result is too large");
}

bool compare(BinaryOp op, const Number& a, const Number& b) {
  switch (op) {
    case BinaryOp::Lt:
      return a < b;
    case BinaryOp::Le:
      return a <= b;
    case BinaryOp::Gt:
      return a > b;
    default:
      return a >= b;
  }
}

}  // namespace

Result<Value> apply(BinaryOp op, const Value& left, const Value& right) {
  const std::string_view name = to_string(op);
  TRY(check_known(name, left));
  TRY(check_known(name, right));
  switch (op) {
    case BinaryOp::Eq:
      return Value(left == right);
    case BinaryOp::Ne:
      return Value(!(left == right));
    case BinaryOp::And:
    case BinaryOp::Or: {
      TRY_LET(const bool a, bool_for(name, left));
      TRY_LET(const bool b, bool_for(name, right));
      return Value(op == BinaryOp::And ? a && b : a || b);
    }
    default:
      break;
  }
  TRY_LET(const Number a, number_for(name, left));
  TRY_LET(const Number b, number_for(name, right));
  if (op == BinaryOp::Lt || op == BinaryOp::Le || op == BinaryOp::Gt || op == BinaryOp::Ge) {
    return Value(compare(op, a, b));
  }
  return apply_arithmetic(op, a, b);
}

Result<Value> apply(UnaryOp op, const Value& operand) {
  const std::string_view name = op == UnaryOp::Not ? "!" : "-";
  TRY(check_known(name, operand));
  if (op == UnaryOp::Not) {
    TRY_LET(const bool truth, bool_for(name, operand));
    return Value(!truth);
  }
  TRY_LET(const Number number, number_for(name, operand));
  return Value(-number);
}

Result<bool> as_condition(const Value& value) {
  TRY(check_known("if", value));
  if (const auto truth = to_bool(value)) return *truth;
  return err(ErrorCode::InvalidArgument, "the condition must be a bool, found {}", describe(value));
}

}  // namespace drover::hcl
