#include <cctype>

#include "base/strings.h"
#include "hcl/csv.h"
#include "hcl/function_args.h"
#include "hcl/json.h"
#include "hcl/yaml.h"

namespace drover::hcl {
namespace {

using Context = CallContext;

constexpr size_t kMaxJsonDepth = 100;
constexpr size_t kBytesAStep = 2;

Result<Value> base64decode(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  std::optional<std::string> bytes = base64_decode(text);
  if (!bytes) return bad_call("the text is not base64");
  if (!is_valid_utf8(*bytes)) return bad_call("the decoded bytes are not UTF-8 text");
  return Value(std::move(*bytes));
}

Result<Value> base64encode(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  return Value(base64_encode(text));
}

Result<Value> jsondecode(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  TRY(context.budget.charge_steps(text.size() / kBytesAStep));
  return from_json(text, kMaxJsonDepth);
}

Result<Value> jsonencode(const Context& context) {
  TRY(context.budget.charge_bytes(context.args[0].weight()));
  return Value(to_json(context.args[0]));
}

Result<Value> urlencode(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 ||
        std::string_view("-_.~").find(c) != std::string_view::npos) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return Value(std::move(out));
}

Result<Value> csvdecode(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  return from_csv(text, context.budget);
}

Result<Value> yamldecode(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  return from_yaml(text, context.budget);
}

Result<Value> yamlencode(const Context& context) {
  TRY(context.budget.charge_bytes(context.args[0].weight()));
  return Value(to_yaml(context.args[0]));
}

constexpr Function kFunctions[] = {
    {"base64decode", 1, 1, base64decode},
    {"base64encode", 1, 1, base64encode},
    {"csvdecode", 1, 1, csvdecode},
    {"jsondecode", 1, 1, jsondecode},
    {.name = "jsonencode", .min_args = 1, .max_args = 1, .call = jsonencode, .takes_null = true},
    {"urlencode", 1, 1, urlencode},
    {"yamldecode", 1, 1, yamldecode},
    {.name = "yamlencode", .min_args = 1, .max_args = 1, .call = yamlencode, .takes_null = true},
};

}  // namespace

std::span<const Function> encoding_functions() {
  return kFunctions;
}

}  // namespace drover::hcl
