#include <algorithm>

#include "base/strings.h"
#include "hcl/function_args.h"
#include "hcl/json.h"
#include "hcl/unicode.h"

namespace drover::hcl {
namespace {

using Context = CallContext;

// One `%…` of a format string, as in Go's fmt: flags, width, precision, argument number and verb.
struct Verb {
  bool minus = false, plus = false, space = false, zero = false, sharp = false;
  size_t width = 0;
  std::optional<size_t> precision;
  std::optional<size_t> argument;  // From `%[n]d`, counted from 1.
  char verb = 0;
};

constexpr size_t kMaxWidth = 1u << 20;

size_t read_count(std::string_view format, size_t& at) {
  size_t out = 0;
  while (at < format.size() && format[at] >= '0' && format[at] <= '9') {
    out = std::min<size_t>(out * 10 + static_cast<size_t>(format[at++] - '0'), kMaxWidth + 1);
  }
  return out;
}

// Reads from after the `%`; `at` ends after the verb.
Result<Verb> read_verb(std::string_view format, size_t& at) {
  Verb out;
  const auto next = [&] { return at < format.size() ? format[at] : '\0'; };
  for (;; ++at) {
    if (next() == '-')
      out.minus = true;
    else if (next() == '+')
      out.plus = true;
    else if (next() == ' ')
      out.space = true;
    else if (next() == '0')
      out.zero = true;
    else if (next() == '#')
      out.sharp = true;
    else
      break;
  }
  out.width = read_count(format, at);
  if (next() == '.') {
    ++at;
    out.precision = read_count(format, at);
  }
  if (next() == '[') {
    ++at;
    out.argument = read_count(format, at);
    if (next() != ']') return bad_call("expected \"]\" after the number of the argument");
    ++at;
  }
  if (out.width > kMaxWidth) return bad_call(fmt::format("a width is more than {}", kMaxWidth));
  if (out.precision.value_or(0) > kMaxWidth) return bad_call(fmt::format("a precision is more than {}", kMaxWidth));
  out.verb = next();
  if (out.verb == '\0') return bad_call("the format ends within a verb");
  ++at;
  return out;
}

// Text is as wide as its characters, and `0` pads it with zeros on either side.
std::string padded_text(std::string text, const Verb& verb) {
  const size_t size = verb.width == 0 ? 0 : graphemes(text).size();
  if (size >= verb.width) return text;
  const std::string padding(verb.width - size, verb.zero ? '0' : ' ');
  return verb.minus ? text + padding : padding + text;
}

// Digits with their sign, spaces around them or zeros between.
std::string padded_number(std::string_view digits, bool negative, bool zeros, const Verb& verb) {
  const std::string sign = negative ? "-" : verb.plus ? "+" : verb.space ? " " : "";
  const size_t size = sign.size() + digits.size();
  const std::string padding(verb.width > size ? verb.width - size : 0, ' ');
  if (verb.minus) return sign + std::string(digits) + padding;
  if (zeros) return sign + std::string(padding.size(), '0') + std::string(digits);
  return padding + sign + std::string(digits);
}

Result<std::string> format_integer(const Verb& verb, const Number& number) {
  if (!number.is_integer()) {
    return bad_call(fmt::format("%{} needs a whole number, found {}", verb.verb, number.to_string()));
  }
  const int base = verb.verb == 'b' ? 2 : verb.verb == 'o' ? 8 : verb.verb == 'd' ? 10 : 16;
  std::string digits = number.sign() < 0 ? (-number).to_base(base) : number.to_base(base);
  if (verb.precision == 0u && number.is_zero()) return std::string();
  if (verb.precision && digits.size() < *verb.precision) digits.insert(0, *verb.precision - digits.size(), '0');
  std::string prefix;
  if (verb.sharp && base != 10) prefix = base == 2 ? "0b" : base == 8 ? "0" : "0x";
  std::string text = prefix + digits;
  if (verb.verb == 'X') text = to_upper(text);
  if (prefix.empty() || !verb.zero || verb.precision) {
    return padded_number(text, number.sign() < 0, verb.zero && !verb.precision, verb);
  }
  const size_t size = text.size() + (number.sign() < 0 || verb.plus || verb.space ? 1 : 0);
  if (!verb.minus && verb.width > size) text.insert(prefix.size(), verb.width - size, '0');
  return padded_number(text, number.sign() < 0, false, verb);
}

Result<std::string> format_real(const Verb& verb, const Number& number) {
  std::optional<unsigned> precision;
  if (verb.precision) precision = static_cast<unsigned>(*verb.precision);
  if (precision.value_or(0) > Number::kMaxPrecision) {
    return bad_call(fmt::format("a precision is more than {}", Number::kMaxPrecision));
  }
  if (!precision && verb.verb != 'g' && verb.verb != 'G') precision = 6;
  std::string digits = number.format(verb.verb, precision);
  if (number.sign() < 0) digits.erase(0, 1);
  return padded_number(digits, number.sign() < 0, verb.zero, verb);
}

Result<std::string> format_string(const Verb& verb, std::string text) {
  if (verb.precision.value_or(0) > 0) {
    const std::vector<std::string_view> all = graphemes(text);
    std::string shorter;
    for (size_t i = 0; i < std::min(*verb.precision, all.size()); ++i) shorter += all[i];
    text = std::move(shorter);
  }
  return padded_text(verb.verb == 'q' ? to_json(Value(std::move(text))) : std::move(text), verb);
}

Result<std::string> format_value(const Verb& verb, const Value& value) {
  const auto needs = [&](std::string_view what) {
    return bad_call(fmt::format("%{} needs {}, found {}", verb.verb, what, describe(value)));
  };
  if (verb.verb == 'v') {
    if (!verb.sharp && value.is_string()) return padded_text(value.as_string(), verb);
    if (!verb.sharp && value.is_number()) return padded_text(value.as_number().format('g', std::nullopt), verb);
    return padded_text(to_json(value), verb);
  }
  if (verb.verb == 't') {
    const std::optional<bool> truth = to_bool(value);
    if (!truth) return needs("a bool");
    return std::string(*truth ? "true" : "false");
  }
  if (verb.verb == 's' || verb.verb == 'q') {
    std::optional<std::string> text = to_text(value);
    if (!text) return needs("a string");
    return format_string(verb, std::move(*text));
  }
  const std::optional<Number> number = to_number(value);
  if (!number) return needs("a number");
  if (std::string_view("bdoxX").find(verb.verb) != std::string_view::npos) return format_integer(verb, *number);
  return format_real(verb, *number);
}

Result<std::string> format_all(std::string_view format, std::span<const Value> args, Budget& budget) {
  std::string out;
  size_t next_arg = 0;
  size_t used = 0;
  for (size_t at = 0; at < format.size();) {
    if (format[at] != '%') {
      const size_t end = std::min(format.find('%', at), format.size());
      TRY(budget.charge_bytes(end - at));
      out += format.substr(at, end - at);
      at = end;
      continue;
    }
    ++at;
    if (format.substr(at).starts_with('%')) {
      out += '%';
      ++at;
      continue;
    }
    TRY_LET(const Verb verb, read_verb(format, at));
    if (std::string_view("vsqtbdoxXeEfgG").find(verb.verb) == std::string_view::npos) {
      return bad_call(fmt::format("there is no verb %{}", printable(std::string(1, verb.verb))));
    }
    const size_t position = verb.argument ? *verb.argument - 1 : next_arg;
    if (position >= args.size()) return bad_call(fmt::format("there is no value for the verb %{}", verb.verb));
    TRY(budget.charge_bytes(verb.width + verb.precision.value_or(0) + args[position].weight()));
    TRY(budget.charge_steps(1 + verb.precision.value_or(0) / 16));
    TRY_LET(const std::string text, format_value(verb, args[position]));
    out += text;
    next_arg = position + 1;
    used = std::max(used, next_arg);
  }
  if (used < args.size()) return bad_call(fmt::format("there are {} values, but verbs for {}", args.size(), used));
  return out;
}

Result<Value> format(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  TRY_LET(std::string out, format_all(text, context.args.subspan(1), context.budget));
  return Value(std::move(out));
}

// Lists among the arguments must be of one length; one result for each of their items.
Result<Value> formatlist(const Context& context) {
  TRY_LET(const std::string text, text_arg(context, 0));
  std::optional<size_t> length;
  for (size_t i = 1; i < context.args.size(); ++i) {
    if (!context.args[i].is_list()) continue;
    const size_t size = context.args[i].as_list().size();
    if (length && *length != size) return bad_call(fmt::format("the lists have {} and {} items", *length, size));
    length = size;
  }
  Value::List out;
  for (size_t item = 0; item < length.value_or(1); ++item) {
    std::vector<Value> args;
    for (const Value& arg : context.args.subspan(1)) args.push_back(arg.is_list() ? arg.as_list()[item] : arg);
    TRY(context.budget.charge_steps(1 + args.size()));
    TRY_LET(std::string line, format_all(text, args, context.budget));
    out.emplace_back(std::move(line));
  }
  return Value(std::move(out));
}

constexpr Function kFunctions[] = {
    {.name = "format", .min_args = 1, .max_args = Function::kAnyNumber, .call = format, .takes_null = true},
    {.name = "formatlist", .min_args = 1, .max_args = Function::kAnyNumber, .call = formatlist, .takes_null = true},
};

}  // namespace

std::span<const Function> format_functions() {
  return kFunctions;
}

}  // namespace drover::hcl
