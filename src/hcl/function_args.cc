#include "hcl/function_args.h"

#include "hcl/type.h"

namespace drover::hcl {

tl::unexpected<Error> bad_call(std::string message) {
  return err(Error(ErrorCode::InvalidArgument, std::move(message)));
}

tl::unexpected<Error> wrong_argument(const CallContext& context, size_t i, std::string_view expected) {
  return bad_call(fmt::format("argument {} must be {}, found {}", i + 1, expected, describe(context.args[i])));
}

Result<std::string> text_arg(const CallContext& context, size_t i) {
  if (auto text = to_text(context.args[i])) return std::move(*text);
  return wrong_argument(context, i, "a string");
}

Result<Number> number_arg(const CallContext& context, size_t i) {
  if (const auto number = to_number(context.args[i])) return *number;
  return wrong_argument(context, i, "a number");
}

Result<int64_t> integer_arg(const CallContext& context, size_t i) {
  TRY_LET(const Number number, number_arg(context, i));
  if (const auto integer = number.to_int64()) return *integer;
  return wrong_argument(context, i, "a whole number");
}

Result<Value::List> list_arg(const CallContext& context, size_t i) {
  if (context.args[i].is_list()) return context.args[i].as_list();
  return wrong_argument(context, i, "a list");
}

Result<Value::List> uniform_list_arg(const CallContext& context, size_t i) {
  TRY_LET(const Value::List list, list_arg(context, i));
  Type type{.kind = Type::Kind::List};
  type.elements.emplace_back();
  auto converted = convert(context.args[i], type, context.budget);
  if (converted) return converted->as_list();
  if (context.budget.exhausted()) return err(converted.error());
  return wrong_argument(context, i, "a list of items of one type");
}

Result<Object> object_arg(const CallContext& context, size_t i) {
  if (context.args[i].is_object()) return context.args[i].as_object();
  return wrong_argument(context, i, "an object");
}

Result<std::vector<std::string>> text_list_arg(const CallContext& context, size_t i) {
  TRY_LET(const Value::List list, list_arg(context, i));
  std::vector<std::string> out;
  for (const Value& item : list) {
    std::optional<std::string> text = to_text(item);
    if (!text) {
      return bad_call(fmt::format("argument {} must be a list of strings, found {} in it", i + 1, describe(item)));
    }
    out.push_back(std::move(*text));
  }
  return out;
}

Value from_texts(std::vector<std::string> texts) {
  Value::List out;
  for (std::string& text : texts) out.emplace_back(std::move(text));
  return out;
}

}  // namespace drover::hcl
