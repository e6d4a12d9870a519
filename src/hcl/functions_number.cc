#include <charconv>
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
  return Value(number < Number(0) ? -number : number);
}

Result<Value> ceil(const Context& context) {
  TRY_LET(const Number number, number_arg(context, 0));
  return number.is_integer() ? Value(number) : finite(std::ceil(number.to_double()));
}

Result<Value> floor(const Context& context) {
  TRY_LET(const Number number, number_arg(context, 0));
  return number.is_integer() ? Value(number) : finite(std::floor(number.to_double()));
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
  TRY_LET(const Number number, number_arg(context, 0));
  return Value(Number(number > Number(0) ? 1 : number < Number(0) ? -1 : 0));
}

Result<Value> parseint(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  TRY_LET(const int64_t base, integer_arg(context, 1));
  if (base < 2 || base > 36) return bad_call(fmt::format("the base must be from 2 to 36, found {}", base));
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, static_cast<int>(base));
  if (error == std::errc() && end == text.data() + text.size()) return Value(Number(value));
  return bad_call(fmt::format("\"{}\" is not a whole number in base {} that fits 64 bits", printable(text, 60), base));
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
