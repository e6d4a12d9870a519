#include "gotmpl/arithmetic.h"

#include <limits>

#include "gotmpl/functions.h"

namespace drover::gotmpl {
namespace {

using Kind = Value::Kind;

double as_float(const Value& value) {
  if (value.kind() == Kind::Int) return static_cast<double>(value.integer());
  if (value.kind() == Kind::Uint) return static_cast<double>(value.natural());
  return value.real();
}

uint64_t bits_of(const Value& value) {
  return value.kind() == Kind::Int ? static_cast<uint64_t>(value.integer()) : value.natural();
}

Value pick(Arithmetic operation, const Value& a, const Value& b) {
  const bool floats = a.kind() == Kind::Float || b.kind() == Kind::Float;
  const bool naturals = a.kind() == Kind::Uint && b.kind() == Kind::Uint;
  const bool a_less = floats     ? as_float(a) < as_float(b)
                      : naturals ? a.natural() < b.natural()
                                 : static_cast<int64_t>(bits_of(a)) < static_cast<int64_t>(bits_of(b));
  const bool b_less = floats     ? as_float(b) < as_float(a)
                      : naturals ? b.natural() < a.natural()
                                 : static_cast<int64_t>(bits_of(b)) < static_cast<int64_t>(bits_of(a));
  return (operation == Arithmetic::Minimum ? a_less : b_less) ? a : b;
}

Result<Value> with_floats(Arithmetic operation, std::string_view name, double a, double b) {
  switch (operation) {
    case Arithmetic::Add:
      return Value(a + b);
    case Arithmetic::Subtract:
      return Value(a - b);
    case Arithmetic::Multiply:
      return Value(a * b);
    case Arithmetic::Divide:
      return Value(a / b);
    default:
      return bad_call("{}: unknown type for float64", name);
  }
}

// Division with signs; the smallest integer by -1 goes round to itself.
int64_t divided(Arithmetic operation, int64_t a, int64_t b) {
  if (b == -1) return operation == Arithmetic::Divide ? static_cast<int64_t>(~static_cast<uint64_t>(a) + 1) : 0;
  return operation == Arithmetic::Divide ? a / b : a % b;
}

}  // namespace

Result<Value> calculate(Arithmetic operation, std::string_view name, const Value& a, const Value& b) {
  for (const Value* operand : {&a, &b}) {
    if (!operand->is_number()) return bad_call("{}: unknown type for a {}", name, operand->type_name());
  }
  if (operation == Arithmetic::Minimum || operation == Arithmetic::Maximum) return pick(operation, a, b);
  if (a.kind() == Kind::Float || b.kind() == Kind::Float) return with_floats(operation, name, as_float(a), as_float(b));
  const bool naturals = a.kind() == Kind::Uint && b.kind() == Kind::Uint;
  const uint64_t x = bits_of(a), y = bits_of(b);
  uint64_t out = 0;
  switch (operation) {
    case Arithmetic::Add:
      out = x + y;
      break;
    case Arithmetic::Subtract:
      out = x - y;
      break;
    case Arithmetic::Multiply:
      out = x * y;
      break;
    default:
      if (y == 0) return bad_call("integer divide by zero");
      if (naturals) {
        out = operation == Arithmetic::Divide ? x / y : x % y;
      } else {
        out = static_cast<uint64_t>(divided(operation, static_cast<int64_t>(x), static_cast<int64_t>(y)));
      }
  }
  return naturals ? Value(out) : Value(static_cast<int64_t>(out));
}

}  // namespace drover::gotmpl
