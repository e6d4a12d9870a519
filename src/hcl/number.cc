#include "hcl/number.h"

#include <charconv>
#include <cmath>
#include <system_error>

namespace drover::hcl {
namespace {

constexpr double kInt64End = 9223372036854775808.0;  // 2^63, the first double above every int64_t

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The shape of a decimal: digits, with an optional fraction and exponent that have digits too.
bool is_decimal(std::string_view text) {
  const auto take_digits = [&] {
    const size_t before = text.size();
    while (!text.empty() && is_digit(text.front())) text.remove_prefix(1);
    return text.size() < before;
  };
  if (!take_digits()) return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!take_digits()) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (!take_digits()) return false;
  }
  return text.empty();
}

// Whether a decimal that no double holds is too small rather than too large.
bool is_tiny(std::string_view decimal) {
  const size_t exponent = decimal.find_first_of("eE");
  return exponent == std::string_view::npos ? decimal.starts_with("0.") : decimal[exponent + 1] == '-';
}

std::optional<int64_t> parse_whole(std::string_view text, int base) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Number> Number::from_double(double value) {
  if (!std::isfinite(value)) return std::nullopt;
  if (value == std::trunc(value) && value >= -kInt64End && value < kInt64End) {
    return Number(static_cast<int64_t>(value));
  }
  Number out;
  out.is_integer_ = false;
  out.real_ = value;
  return out;
}

std::optional<Number> Number::parse(std::string_view text) {
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    if (digits.size() == 2 || digits[2] == '-') return std::nullopt;
    const std::optional<int64_t> value = parse_whole(digits.substr(2), 16);
    if (!value) return std::nullopt;
    return Number(negative ? -*value : *value);
  }
  if (!is_decimal(digits)) return std::nullopt;
  if (const std::optional<int64_t> whole = parse_whole(text, 10)) return Number(*whole);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range && is_tiny(digits)) return Number(0);
  if (error != std::errc()) return std::nullopt;
  return from_double(value);
}

std::optional<int64_t> Number::to_int64() const {
  if (!is_integer_) return std::nullopt;
  return integer_;
}

std::string Number::to_string() const {
  if (is_integer_) return std::to_string(integer_);
  char buffer[400];  // The longest finite double has 309 digits before the point, the smallest 324 + 17 after it.
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, real_, std::chars_format::fixed);
  return std::string(buffer, end);
}

Number Number::operator-() const {
  if (is_integer_ && integer_ != INT64_MIN) return Number(-integer_);
  return *from_double(-to_double());
}

std::optional<Number> add(const Number& a, const Number& b) {
  int64_t exact = 0;
  if (a.is_integer_ && b.is_integer_ && !__builtin_add_overflow(a.integer_, b.integer_, &exact)) return Number(exact);
  return Number::from_double(a.to_double() + b.to_double());
}

std::optional<Number> subtract(const Number& a, const Number& b) {
  int64_t exact = 0;
  if (a.is_integer_ && b.is_integer_ && !__builtin_sub_overflow(a.integer_, b.integer_, &exact)) return Number(exact);
  return Number::from_double(a.to_double() - b.to_double());
}

std::optional<Number> multiply(const Number& a, const Number& b) {
  int64_t exact = 0;
  if (a.is_integer_ && b.is_integer_ && !__builtin_mul_overflow(a.integer_, b.integer_, &exact)) return Number(exact);
  return Number::from_double(a.to_double() * b.to_double());
}

std::optional<Number> divide(const Number& a, const Number& b) {
  if (b.is_zero()) return std::nullopt;
  if (a.is_integer_ && b.is_integer_ && b.integer_ != -1 && a.integer_ % b.integer_ == 0) {
    return Number(a.integer_ / b.integer_);
  }
  return Number::from_double(a.to_double() / b.to_double());
}

std::optional<Number> modulo(const Number& a, const Number& b) {
  if (b.is_zero()) return std::nullopt;
  if (a.is_integer_ && b.is_integer_) return Number(b.integer_ == -1 ? 0 : a.integer_ % b.integer_);
  return Number::from_double(std::fmod(a.to_double(), b.to_double()));
}

std::partial_ordering operator<=>(const Number& a, const Number& b) {
  if (a.is_integer_ && b.is_integer_) return a.integer_ <=> b.integer_;
  return a.to_double() <=> b.to_double();
}

}  // namespace drover::hcl
