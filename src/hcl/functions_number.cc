#include <cmath>

#include "base/strings.h"
#include "hcl/function_args.h"

namespace drover::hcl {
namespace {

using Context = CallContext;

Result<Value> finite(double value) {
  if (const auto number = Number::from_double(value)) return Value(*number);
  return bad_call("the result is not a finite number");
}

Result<Value> abs(const Context& context) {
  TRY_LET(const Number number, number_arg(context, 0));
  return Value(number.sign() < 0 ? -number : number);
}

Result<Value> ceil(const Context& context) {
  TRY_LET(const Number number, number_arg(context, 0));
  return Value(number.ceil());
}

Result<Value> floor(const Context& context) {
  TRY_LET(const Number number, number_arg(context, 0));
  return Value(number.floor());
}

Result<Value> log(const Context& context) {
  TRY_LET(const Number number, number_arg(context, 0));
  TRY_LET(const Number base, number_arg(context, 1));
  return finite(std::log(number.to_double()) / std::log(base.to_double()));
}

Result<Value> max(const Context& context) {
  TRY_LET(Number best, number_arg(context, 0));
  for (size_t i = 1; i < context.args.size(); ++i) {
    TRY_LET(const Number number, number_arg(context, i));
    if (number > best) best = number;
  }
  return Value(best);
}

Result<Value> min(const Context& context) {
  TRY_LET(Number best, number_arg(context, 0));
  for (size_t i = 1; i < context.args.size(); ++i) {
    TRY_LET(const Number number, number_arg(context, i));
    if (number < best) best = number;
  }
  return Value(best);
}

Result<Value> pow(const Context& context) {
  TRY_LET(const Number base, number_arg(context, 0));
  TRY_LET(const Number exponent, number_arg(context, 1));
  return finite(std::pow(base.to_double(), exponent.to_double()));
}

Result<Value> signum(const Context& context) {
  TRY_LET(const int64_t number, integer_arg(context, 0));
  return Value(Number((number > 0) - (number < 0)));
}

Result<Value> parseint(const Context& context) {
  if (!context.args[0].is_string()) return wrong_argument(context, 0, "a string");
  const std::string& text = context.args[0].as_string();
  TRY_LET(const int64_t base, integer_arg(context, 1));
  if (base < 2 || base > 62) return bad_call(fmt::format("the base must be from 2 to 62, found {}", base));
  if (const auto value = Number::parse_integer(text, static_cast<int>(base))) return Value(*value);
  return bad_call(fmt::format("\"{}\" is not a whole number in base {}", printable(text, 60), base));
}

constexpr Function kFunctions[] = {
    {"abs", 1, 1, abs},
    {"ceil", 1, 1, ceil},
    {"floor", 1, 1, floor},
    {"log", 2, 2, log},
    {"max", 1, Function::kAnyNumber, max},
    {"min", 1, Function::kAnyNumber, min},
    {"parseint", 2, 2, parseint},
    {"pow", 2, 2, pow},
    {"signum", 1, 1, signum},
};

}  // namespace

std::span<const Function> number_functions() {
  return kFunctions;
}

}  // namespace drover::hcl
