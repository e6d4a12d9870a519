#include <algorithm>
#include <cstdio>

#include "base/strings.h"
#include "hcl/function_args.h"
#include "hcl/json.h"

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
constexpr size_t kMaxPrecision = 100;

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

std::string padded(std::string text, const Verb& verb, char fill) {
  const size_t size = characters(text).size();
  if (size >= verb.width) return text;
  if (verb.minus) return text + std::string(verb.width - size, ' ');
  const size_t sign = fill == '0' && !text.empty() && (text[0] == '-' || text[0] == '+' || text[0] == ' ') ? 1 : 0;
  return text.substr(0, sign) + std::string(verb.width - size, fill) + text.substr(sign);
}

std::string with_sign(std::string digits, bool negative, const Verb& verb) {
  const std::string_view sign = negative ? "-" : verb.plus ? "+" : verb.space ? " " : "";
  return padded(std::string(sign) + digits, verb, verb.zero ? '0' : ' ');
}

Result<std::string> format_integer(const Verb& verb, const Number& number) {
  const std::optional<int64_t> value = number.to_int64();
  if (!value) return bad_call(fmt::format("%{} needs a whole number, found {}", verb.verb, number.to_string()));
  uint64_t rest = *value < 0 ? 0 - static_cast<uint64_t>(*value) : static_cast<uint64_t>(*value);
  const unsigned base = verb.verb == 'b' ? 2 : verb.verb == 'o' ? 8 : verb.verb == 'd' ? 10 : 16;
  std::string digits;
  do {
    digits += "0123456789abcdef"[rest % base];
  } while ((rest /= base) != 0);
  std::reverse(digits.begin(), digits.end());
  if (verb.sharp && base == 16) digits = "0x" + digits;
  return with_sign(verb.verb == 'X' ? to_upper(digits) : digits, *value < 0, verb);
}

Result<std::string> format_real(const Verb& verb, const Number& number) {
  const double value = number.to_double();
  const double magnitude = value < 0 ? -value : value;
  if (verb.verb == 'g' && !verb.precision) return with_sign(fmt::format("{}", magnitude), value < 0, verb);
  if (verb.precision.value_or(0) > kMaxPrecision) {
    return bad_call(fmt::format("a precision is more than {}", kMaxPrecision));
  }
  const char spec[] = {'%', '.', '*', verb.verb, '\0'};
  char buffer[512];  // The longest double has 309 digits before the point and kMaxPrecision after it.
  const int size = std::snprintf(buffer, sizeof buffer, spec, static_cast<int>(verb.precision.value_or(6)), magnitude);
  return with_sign(std::string(buffer, static_cast<size_t>(size)), value < 0, verb);
}

Result<std::string> format_text(const Verb& verb, std::string text) {
  if (verb.precision) {
    const std::vector<std::string_view> all = characters(text);
    std::string shorter;
    for (size_t i = 0; i < std::min(*verb.precision, all.size()); ++i) shorter += all[i];
    text = std::move(shorter);
  }
  return padded(std::move(text), verb, ' ');
}

Result<std::string> format_value(const Verb& verb, const Value& value) {
  const auto needs = [&](std::string_view what) {
    return bad_call(fmt::format("%{} needs {}, found {}", verb.verb, what, describe(value)));
  };
  const bool is_default_number = verb.verb == 'v' && value.is_number();
  if (verb.verb == 't') {
    const std::optional<bool> truth = to_bool(value);
    if (!truth) return needs("a bool");
    return format_text(verb, *truth ? "true" : "false");
  }
  if (verb.verb == 'v' && !is_default_number && (verb.sharp || !to_text(value))) {
    return format_text(verb, to_json(value));
  }
  if (verb.verb == 's' || verb.verb == 'q' || (verb.verb == 'v' && !is_default_number)) {
    std::optional<std::string> text = to_text(value);
    if (!text) return needs("a string");
    return format_text(verb, verb.verb == 'q' ? to_json(Value(std::move(*text))) : std::move(*text));
  }
  if (is_default_number)
    return with_sign(to_text(-value.as_number() > 0 ? -value.as_number() : value).value_or(""), value.as_number() < 0,
                     verb);
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
    TRY_LET(const Verb verb, read_verb(format, at));
    if (verb.verb == '%') {
      out += '%';
      continue;
    }
    if (std::string_view("vsqtbdoxXeEfgG").find(verb.verb) == std::string_view::npos) {
      return bad_call(fmt::format("there is no verb %{}", printable(std::string(1, verb.verb))));
    }
    const size_t position = verb.argument ? *verb.argument - 1 : next_arg;
    if (position >= args.size()) return bad_call(fmt::format("there is no value for the verb %{}", verb.verb));
    TRY(budget.charge_bytes(verb.width + args[position].weight()));
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
    {"format", 1, Function::kAnyNumber, format},
    {"formatlist", 1, Function::kAnyNumber, formatlist},
};

}  // namespace

std::span<const Function> format_functions() {
  return kFunctions;
}

}  // namespace drover::hcl
