#include <charconv>
#include <cmath>
#include <limits>

#include "base/strings.h"
#include "jobspec/yaml.h"

namespace drover::jobspec {
namespace {

using codec::Value;

bool only(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

// Digits of a base; as a double where an int64 is too small.
Value number(bool negative, std::string_view digits, int base) {
  const std::string plain = replace_all(std::string(digits), "_", "");
  int64_t whole = 0;
  const std::string with_sign = (negative ? "-" : "") + plain;
  const char* end = with_sign.data() + with_sign.size();
  if (const auto [at, error] = std::from_chars(with_sign.data(), end, whole, base); error == std::errc() && at == end) {
    return whole;
  }
  double value = base == 10 ? parse_double(plain).value_or(0) : 0;
  if (base != 10) {
    for (const char c : plain) value = value * base + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return negative ? -value : value;
}

struct Base {
  std::string_view prefix;
  std::string_view digits;
  int base;
};
constexpr Base kBases[] = {{"0b", "01_", 2}, {"0x", "0123456789abcdefABCDEF_", 16}, {"0o", "01234567_", 8}};

Value integer(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text.starts_with('_') || text.ends_with('_')) return {};
  for (const Base& base : kBases) {
    if (!text.starts_with(base.prefix)) continue;
    const std::string_view digits = text.substr(base.prefix.size());
    return only(digits, base.digits) && !only(digits, "_") ? number(negative, digits, base.base) : Value();
  }
  return only(text, "0123456789_") ? number(negative, text, 10) : Value();
}

size_t skip(std::string_view text, size_t at, std::string_view characters) {
  const size_t end = text.find_first_not_of(characters, at);
  return end == std::string_view::npos ? text.size() : end;
}

// [-+]?(digits(.digits?)?|.digits)(e[-+]?digits)?, or infinity and the like.
Value real(std::string_view text) {
  const std::string_view sign_free = text.substr(text.starts_with('-') || text.starts_with('+') ? 1 : 0);
  for (const std::string_view word : {".inf", ".Inf", ".INF"}) {
    if (sign_free != word) continue;
    return text[0] == '-' ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  }
  for (const std::string_view word : {".nan", ".NaN", ".NAN"}) {
    if (text == word) return std::numeric_limits<double>::quiet_NaN();
  }
  const bool starts_with_digit = !sign_free.empty() && only(sign_free.substr(0, 1), "0123456789");
  const bool starts_with_point = sign_free.size() == text.size() && sign_free.size() > 1 && sign_free[0] == '.';
  if ((!starts_with_digit && !starts_with_point) || text.ends_with('_')) return {};
  size_t at = skip(sign_free, 0, "0123456789_");
  if (at < sign_free.size() && sign_free[at] == '.') at = skip(sign_free, at + 1, "0123456789_");
  if (at < sign_free.size() && (sign_free[at] == 'e' || sign_free[at] == 'E')) {
    ++at;
    if (at < sign_free.size() && (sign_free[at] == '-' || sign_free[at] == '+')) ++at;
    if (!only(sign_free.substr(at), "0123456789")) return {};
    at = sign_free.size();
  }
  if (at != sign_free.size()) return {};
  std::string plain = replace_all(std::string(sign_free), "_", "");
  if (plain == ".") return {};
  const auto value = parse_double(plain.ends_with('.') ? plain + "0" : plain.starts_with('.') ? "0" + plain : plain);
  return !value ? Value() : Value(text[0] == '-' ? -*value : *value);
}

}  // namespace

Value yaml_scalar(std::string_view text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return {};
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (Value value = integer(text); !value.is_null()) return value;
  if (Value value = real(text); !value.is_null()) return value;
  return text;
}

}  // namespace drover::jobspec
