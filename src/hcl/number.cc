#include "hcl/number.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

#include "hcl/big_float.h"

namespace drover::hcl {
namespace {

constexpr double kInt64End = 9223372036854775808.0;  // 2^63, the first double above every int64_t
constexpr int64_t kMaxDecimalExponent = 700;         // 10^700 does not fit() and 10^-700 is_tiny().
constexpr size_t kMaxDigits = 2000;                  // More digits than any number that fits() has an influence of.

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view take_digits(std::string_view& text) {
  const size_t size = static_cast<size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
  const std::string_view digits = text.substr(0, size);
  text.remove_prefix(size);
  return digits;
}

// digits × 10^exponent
struct DecimalText {
  std::string digits;
  int64_t exponent = 0;
};

// Digits, with an optional fraction and exponent. Text such as `1.` and `.5` counts too, as for HCL's conversions.
std::optional<DecimalText> read_decimal(std::string_view text) {
  DecimalText out;
  out.digits = take_digits(text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const std::string_view fraction = take_digits(text);
    out.digits += fraction;
    out.exponent = -static_cast<int64_t>(fraction.size());
  }
  if (out.digits.empty()) return std::nullopt;
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    const std::string_view digits = take_digits(text);
    if (digits.empty()) return std::nullopt;
    int64_t exponent = 0;
    for (const char c : digits) exponent = std::min<int64_t>(exponent * 10 + (c - '0'), INT32_MAX);
    out.exponent += negative ? -exponent : exponent;
  }
  if (!text.empty()) return std::nullopt;
  out.digits.erase(0, out.digits.find_first_not_of('0'));
  const size_t end = out.digits.find_last_not_of('0') + 1;
  out.exponent += static_cast<int64_t>(out.digits.size() - end);
  out.digits.resize(end);
  return out;
}

std::optional<int64_t> parse_whole(std::string_view text, int base) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string plain(const BigFloat::Decimal& decimal, int64_t places) {
  std::string out;
  const auto size = static_cast<int64_t>(decimal.digits.size());
  const auto digit = [&](int64_t i) { return i >= 0 && i < size ? decimal.digits[static_cast<size_t>(i)] : '0'; };
  for (int64_t i = 0; i < decimal.point; ++i) out += digit(i);
  if (out.empty()) out = "0";
  if (places > 0) out += '.';
  for (int64_t i = 0; i < places; ++i) out += digit(decimal.point + i);
  return out;
}

std::string scientific(const BigFloat::Decimal& decimal, int64_t places, char letter) {
  const auto digit = [&](size_t i) { return i < decimal.digits.size() ? decimal.digits[i] : '0'; };
  std::string out(1, digit(0));
  if (places > 0) out += '.';
  for (int64_t i = 1; i <= places; ++i) out += digit(static_cast<size_t>(i));
  const int64_t exponent = decimal.digits.empty() ? 0 : decimal.point - 1;
  const std::string digits = std::to_string(std::abs(exponent));
  return out + letter + (exponent < 0 ? '-' : '+') + (digits.size() < 2 ? "0" : "") + digits;
}

// Digits after the point that the decimal needs.
int64_t places_of(const BigFloat::Decimal& decimal) {
  return std::max<int64_t>(0, static_cast<int64_t>(decimal.digits.size()) - decimal.point);
}

std::string general(BigFloat::Decimal decimal, char style, std::optional<unsigned> precision) {
  const auto size = static_cast<int64_t>(decimal.digits.size());
  int64_t limit = 6;
  if (precision) {
    limit = std::max<int64_t>(*precision, 1);
    if (limit > size && size >= decimal.point) limit = size;
  }
  const int64_t exponent = decimal.point - 1;
  if (!decimal.digits.empty() && (exponent < -4 || exponent >= limit)) {
    return scientific(decimal, size - 1, style == 'g' ? 'e' : 'E');
  }
  return plain(decimal, places_of(decimal));
}

}  // namespace

std::optional<Number> Number::from_big(BigFloat value) {
  if (!value.fits()) return std::nullopt;
  if (value.is_tiny()) return Number(0);
  if (const auto small = value.to_int64()) return Number(*small);
  Number out;
  out.big_ = std::make_shared<const BigFloat>(std::move(value));
  return out;
}

BigFloat Number::big() const {
  return big_ != nullptr ? *big_ : BigFloat(BigFloat::Integer(integer_));
}

std::optional<Number> Number::from_double(double value) {
  if (!std::isfinite(value)) return std::nullopt;
  if (value == std::trunc(value) && value >= -kInt64End && value < kInt64End) {
    return Number(static_cast<int64_t>(value));
  }
  return from_big(BigFloat::from_double(value));
}

std::optional<Number> Number::parse(std::string_view text) {
  if (const std::optional<int64_t> whole = parse_whole(text, 10)) return Number(*whole);
  const bool negative = text.starts_with('-');
  const std::optional<DecimalText> decimal = read_decimal(text.substr(negative || text.starts_with('+') ? 1 : 0));
  if (!decimal) return std::nullopt;
  if (decimal->digits.empty()) return Number(0);
  const int64_t magnitude = decimal->exponent + static_cast<int64_t>(decimal->digits.size());
  if (magnitude > kMaxDecimalExponent) return std::nullopt;
  if (magnitude < -kMaxDecimalExponent) return Number(0);
  std::string digits = decimal->digits;
  int64_t exponent = decimal->exponent;
  if (digits.size() > kMaxDigits) {
    exponent += static_cast<int64_t>(digits.size() - kMaxDigits);
    digits.resize(kMaxDigits);
    digits.back() = '1';  // Stands for the digits left out: more than a tie, and nothing else matters.
  }
  const BigFloat value = BigFloat::from_decimal(BigFloat::Integer(digits), exponent);
  return from_big(negative ? -value : value);
}

std::optional<Number> Number::parse_integer(std::string_view text, int base) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
  if (text.size() > static_cast<size_t>(BigFloat::kMaxExponent)) return std::nullopt;
  BigFloat::Integer value = 0;
  for (const char c : text) {
    int digit = base;
    if (is_digit(c)) digit = c - '0';
    if (c >= 'a' && c <= 'z') digit = c - 'a' + 10;
    if (c >= 'A' && c <= 'Z') digit = c - 'A' + (base <= 36 ? 10 : 36);
    if (digit >= base) return std::nullopt;
    value = value * base + digit;
  }
  if (negative) value = -value;
  const auto bits = value.is_zero() ? 0u : static_cast<unsigned>(msb(abs(value))) + 1;
  return from_big(BigFloat(std::move(value), 0, std::max(bits, BigFloat::kPrecision)));
}

bool Number::is_integer() const {
  return is_small() || big_->is_integer();
}

std::optional<int64_t> Number::to_int64() const {
  if (!is_small()) return std::nullopt;
  return integer_;
}

double Number::to_double() const {
  return is_small() ? static_cast<double>(integer_) : big_->to_double();
}

int Number::sign() const {
  return is_small() ? (integer_ > 0) - (integer_ < 0) : big_->sign();
}

Number Number::floor() const {
  if (is_integer()) return *this;
  return *from_big(BigFloat(big_->floored()));
}

Number Number::ceil() const {
  return -((-*this).floor());
}

std::string Number::to_string() const {
  if (is_small()) return std::to_string(integer_);
  const BigFloat::Decimal decimal = big_->shortest();
  return (sign() < 0 ? "-" : "") + plain(decimal, places_of(decimal));
}

std::string Number::format(char style, std::optional<unsigned> precision) const {
  const BigFloat value = big();
  BigFloat::Decimal decimal;
  if (!precision) {
    decimal = value.shortest();
  } else if (style == 'f') {
    const int64_t before_point = value.decimal(1).point;
    decimal = value.decimal(before_point + *precision + 2);
    decimal.round(decimal.point + *precision);
  } else {
    const int64_t count = style == 'g' || style == 'G' ? std::max<int64_t>(*precision, 1) : *precision + 1;
    decimal = value.decimal(count + 2);
    decimal.round(count);
  }
  const std::string minus = sign() < 0 ? "-" : "";
  if (style == 'g' || style == 'G') return minus + general(decimal, style, precision);
  if (style == 'f') return minus + plain(decimal, precision ? *precision : places_of(decimal));
  const auto shortest_places = std::max<int64_t>(static_cast<int64_t>(decimal.digits.size()) - 1, 0);
  return minus + scientific(decimal, precision ? static_cast<int64_t>(*precision) : shortest_places, style);
}

std::string Number::to_base(int base) const {
  BigFloat::Integer rest = abs(big().truncated());
  if (base == 10) return (sign() < 0 ? "-" : "") + rest.str();
  std::string digits;
  do {
    const auto digit = static_cast<unsigned>(rest % base);
    digits += "0123456789abcdef"[digit];
    rest /= base;
  } while (!rest.is_zero());
  if (sign() < 0) digits += '-';
  std::reverse(digits.begin(), digits.end());
  return digits;
}

Number Number::operator-() const {
  if (is_small() && integer_ != INT64_MIN) return Number(-integer_);
  return *from_big(-big());
}

std::optional<Number> add(const Number& a, const Number& b) {
  int64_t exact = 0;
  if (a.is_small() && b.is_small() && !__builtin_add_overflow(a.integer_, b.integer_, &exact)) return Number(exact);
  return Number::from_big(a.big() + b.big());
}

std::optional<Number> subtract(const Number& a, const Number& b) {
  int64_t exact = 0;
  if (a.is_small() && b.is_small() && !__builtin_sub_overflow(a.integer_, b.integer_, &exact)) return Number(exact);
  return Number::from_big(a.big() + -b.big());
}

std::optional<Number> multiply(const Number& a, const Number& b) {
  int64_t exact = 0;
  if (a.is_small() && b.is_small() && !__builtin_mul_overflow(a.integer_, b.integer_, &exact)) return Number(exact);
  return Number::from_big(a.big() * b.big());
}

std::optional<Number> divide(const Number& a, const Number& b) {
  if (b.is_zero()) return std::nullopt;
  if (a.is_small() && b.is_small() && b.integer_ != -1 && a.integer_ % b.integer_ == 0) {
    return Number(a.integer_ / b.integer_);
  }
  return Number::from_big(a.big() / b.big());
}

std::optional<Number> modulo(const Number& a, const Number& b) {
  if (b.is_zero()) return std::nullopt;
  if (a.is_small() && b.is_small()) return Number(b.integer_ == -1 ? 0 : a.integer_ % b.integer_);
  const BigFloat x = a.big();
  const BigFloat times = (x / b.big());
  const BigFloat whole(times.truncated(), 0, x.precision());
  return Number::from_big(x + -(whole * b.big()));
}

std::strong_ordering operator<=>(const Number& a, const Number& b) {
  if (a.is_small() && b.is_small()) return a.integer_ <=> b.integer_;
  return a.big() <=> b.big();
}

}  // namespace drover::hcl
