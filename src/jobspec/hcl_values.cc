#include "jobspec/hcl_values.h"

#include "base/duration.h"
#include "base/strings.h"

namespace drover::jobspec {
namespace {

using codec::Value;

constexpr int64_t kFirstNanoseconds = 1'000'000;

Error expected(std::string_view what, const hcl::Value& value) {
  return Error(ErrorCode::InvalidArgument,
               fmt::format("expected {}, not {}", what, printable(hcl::describe(value), 120)));
}

Value number_value(const hcl::Number& number) {
  const auto whole = number.to_int64();
  return whole ? Value(*whole) : Value(number.to_double());
}

Result<Value> string_value(const hcl::Value& value) {
  auto text = hcl::to_text(value);
  if (!text) return err(expected("a string", value));
  return Value(std::move(*text));
}

Result<Value> number_in(const hcl::Value& value, Shape shape) {
  const auto number = hcl::to_number(value);
  if (!number) return err(expected(shape == Shape::Integer ? "a whole number" : "a number", value));
  if (shape == Shape::Integer && !number->to_int64()) return err(expected("a whole number that fits", value));
  return number_value(*number);
}

Result<Value> strings_value(const hcl::Value& value) {
  if (!value.is_list()) return err(expected("a list of strings", value));
  Value::Array out;
  for (const hcl::Value& element : value.as_list()) {
    TRY_LET(Value text, string_value(element));
    out.push_back(std::move(text));
  }
  return Value(std::move(out));
}

Result<Value> integers_value(const hcl::Value& value) {
  if (!value.is_list()) return err(expected("a list of whole numbers", value));
  Value::Array out;
  for (const hcl::Value& element : value.as_list()) {
    TRY_LET(Value number, number_in(element, Shape::Integer));
    out.push_back(std::move(number));
  }
  return Value(std::move(out));
}

Result<Value> map_value(const hcl::Value& value, Result<Value> (*convert)(const hcl::Value&)) {
  if (!value.is_object()) return err(expected("a block or an object", value));
  Value::Object out;
  for (const auto& [key, member] : value.as_object().members()) {
    auto converted = convert(member);
    if (!converted) return err(converted.error().context(fmt::format("\"{}\"", printable(key, 80))));
    out.emplace_back(key, std::move(*converted));
  }
  return Value(std::move(out));
}

}  // namespace

Value to_plain(const hcl::Value& value) {
  switch (value.kind()) {
    case hcl::Value::Kind::Null:
      return nullptr;
    case hcl::Value::Kind::Bool:
      return value.as_bool();
    case hcl::Value::Kind::Number:
      return number_value(value.as_number());
    case hcl::Value::Kind::String:
      return value.as_string();
    case hcl::Value::Kind::List: {
      Value::Array out;
      for (const hcl::Value& element : value.as_list()) out.push_back(to_plain(element));
      return out;
    }
    case hcl::Value::Kind::Object: {
      Value::Object out;
      for (const auto& [key, member] : value.as_object().members()) out.emplace_back(key, to_plain(member));
      return out;
    }
  }
  return nullptr;
}

Result<HclDuration> to_duration(const hcl::Value& value) {
  if (const auto number = hcl::to_number(value)) {
    const auto whole = number->to_int64();
    if (!whole) return err(expected("a duration such as \"30s\"", value));
    const bool seconds = *whole != 0 && *whole < kFirstNanoseconds && *whole > -kFirstNanoseconds;
    return HclDuration{.nanoseconds = seconds ? *whole * 1'000'000'000 : *whole, .bare_seconds = seconds};
  }
  if (!value.is_string()) return err(expected("a duration such as \"30s\"", value));
  const auto duration = parse_duration(value.as_string());
  if (!duration) return err(expected("a duration such as \"30s\"", value));
  return HclDuration{.nanoseconds = duration->count()};
}

Result<Value> to_shape(const hcl::Value& value, Shape shape) {
  switch (shape) {
    case Shape::String:
    case Shape::Label:
      return string_value(value);
    case Shape::Integer:
    case Shape::Number:
      return number_in(value, shape);
    case Shape::Bool: {
      const auto flag = hcl::to_bool(value);
      if (!flag) return err(expected("true or false", value));
      return Value(*flag);
    }
    case Shape::Duration: {
      TRY_LET(const HclDuration duration, to_duration(value));
      return Value(duration.nanoseconds);
    }
    case Shape::Strings:
      return strings_value(value);
    case Shape::Integers:
      return integers_value(value);
    case Shape::StringMap:
      return map_value(value, string_value);
    case Shape::StringsMap:
      return map_value(value, strings_value);
    default:
      return to_plain(value);
  }
}

}  // namespace drover::jobspec
