#include "hcl/big_float.h"

#include <algorithm>
#include <cmath>

namespace drover::hcl {
namespace {

using Integer = BigFloat::Integer;
namespace mp = boost::multiprecision;

constexpr double kLog10Of2 = 0.30102999566398120;

int64_t bit_count(const Integer& value) {
  return value.is_zero() ? 0 : static_cast<int64_t>(mp::msb(value)) + 1;
}

Integer power_of_ten(int64_t exponent) {
  return mp::pow(Integer(10), static_cast<unsigned>(exponent));
}

bool has_low_bits(const Integer& value, int64_t count) {
  return count > 0 && !value.is_zero() && static_cast<int64_t>(mp::lsb(value)) < count;
}

// numerator / denominator × 2^exponent, rounded once. REQUIRES denominator > 0.
BigFloat quotient(const Integer& numerator, const Integer& denominator, int64_t exponent, unsigned precision) {
  const Integer magnitude = mp::abs(numerator);
  const int64_t shift =
      std::max<int64_t>(0, static_cast<int64_t>(precision) + 2 - (bit_count(magnitude) - bit_count(denominator)));
  Integer whole, rest;
  mp::divide_qr(Integer(magnitude << static_cast<unsigned>(shift)), denominator, whole, rest);
  whole <<= 1;
  if (!rest.is_zero()) whole |= 1;  // What is left only matters as "more than a tie".
  if (numerator.sign() < 0) whole = -whole;
  return BigFloat(std::move(whole), exponent - shift - 1, precision);
}

}  // namespace

BigFloat::BigFloat(Integer mantissa, int64_t exponent, unsigned precision)
    : mantissa_(std::move(mantissa)), exponent_(exponent), precision_(precision) {
  if (mantissa_.is_zero()) {
    exponent_ = 0;
    return;
  }
  const bool negative = mantissa_.sign() < 0;
  if (negative) mantissa_ = -mantissa_;
  if (const int64_t excess = bit_count(mantissa_) - static_cast<int64_t>(precision); excess > 0) {
    const bool half = mp::bit_test(mantissa_, static_cast<unsigned>(excess - 1));
    const bool beyond_half = has_low_bits(mantissa_, excess - 1);
    mantissa_ >>= static_cast<unsigned>(excess);
    if (half && (beyond_half || mp::bit_test(mantissa_, 0))) ++mantissa_;
    exponent_ += excess;
  }
  const unsigned zeros = mp::lsb(mantissa_);
  mantissa_ >>= zeros;
  exponent_ += zeros;
  if (negative) mantissa_ = -mantissa_;
}

BigFloat BigFloat::from_decimal(const Integer& digits, int64_t exponent) {
  if (exponent >= 0) return BigFloat(digits * power_of_ten(exponent));
  return quotient(digits, power_of_ten(-exponent), 0, kPrecision);
}

BigFloat BigFloat::from_double(double value) {
  constexpr int kBits = 53;
  int exponent = 0;
  const double fraction = std::frexp(value, &exponent);
  return BigFloat(Integer(static_cast<int64_t>(std::ldexp(fraction, kBits))), exponent - kBits, kBits);
}

bool BigFloat::fits() const {
  return bit_count(mp::abs(mantissa_)) + exponent_ <= kMaxExponent;
}

bool BigFloat::is_tiny() const {
  return sign() != 0 && bit_count(mp::abs(mantissa_)) + exponent_ < -kMaxExponent;
}

std::optional<int64_t> BigFloat::to_int64() const {
  if (exponent_ < 0 || bit_count(mp::abs(mantissa_)) + exponent_ > 64) return std::nullopt;
  const Integer value = truncated();
  if (value < INT64_MIN || value > INT64_MAX) return std::nullopt;
  return static_cast<int64_t>(value);
}

double BigFloat::to_double() const {
  const BigFloat narrow(mantissa_, exponent_, 53);
  const double value =
      std::ldexp(static_cast<double>(static_cast<int64_t>(narrow.mantissa_)), static_cast<int>(narrow.exponent_));
  constexpr double kMax = 1.7976931348623157e308;
  return std::clamp(value, -kMax, kMax);
}

Integer BigFloat::truncated() const {
  if (exponent_ >= 0) return mantissa_ << static_cast<unsigned>(exponent_);
  const Integer magnitude = mp::abs(mantissa_) >> static_cast<unsigned>(-exponent_);
  return sign() < 0 ? Integer(-magnitude) : magnitude;
}

Integer BigFloat::floored() const {
  const Integer value = truncated();
  return sign() < 0 && !is_integer() ? Integer(value - 1) : value;
}

BigFloat operator+(const BigFloat& a, const BigFloat& b) {
  const int64_t exponent = std::min(a.exponent_, b.exponent_);
  const Integer left = a.mantissa_ << static_cast<unsigned>(a.exponent_ - exponent);
  const Integer right = b.mantissa_ << static_cast<unsigned>(b.exponent_ - exponent);
  return BigFloat(left + right, exponent, std::max(a.precision_, b.precision_));
}

BigFloat operator*(const BigFloat& a, const BigFloat& b) {
  return BigFloat(a.mantissa_ * b.mantissa_, a.exponent_ + b.exponent_, std::max(a.precision_, b.precision_));
}

BigFloat operator/(const BigFloat& a, const BigFloat& b) {
  const Integer numerator = b.sign() < 0 ? Integer(-a.mantissa_) : a.mantissa_;
  return quotient(numerator, mp::abs(b.mantissa_), a.exponent_ - b.exponent_, std::max(a.precision_, b.precision_));
}

std::strong_ordering operator<=>(const BigFloat& a, const BigFloat& b) {
  if (a.sign() != b.sign()) return a.sign() <=> b.sign();
  const int64_t exponent = std::min(a.exponent_, b.exponent_);
  const Integer left = a.mantissa_ << static_cast<unsigned>(a.exponent_ - exponent);
  const Integer right = b.mantissa_ << static_cast<unsigned>(b.exponent_ - exponent);
  return left.compare(right) <=> 0;
}

// mantissa × 2^exponent × 10^power, rounded down to a whole number.
BigFloat::Decimal BigFloat::scaled(const Integer& mantissa, int64_t exponent, int64_t power) const {
  Integer value = mantissa;
  Decimal out;
  if (power > 0) value *= power_of_ten(power);
  if (exponent > 0) value <<= static_cast<unsigned>(exponent);
  if (power < 0) {
    Integer rest;
    mp::divide_qr(Integer(value), power_of_ten(-power), value, rest);
    out.inexact = !rest.is_zero();
  }
  if (exponent < 0) {
    out.inexact = out.inexact || has_low_bits(value, -exponent);
    value >>= static_cast<unsigned>(-exponent);
  }
  if (!value.is_zero()) out.digits = value.str();
  out.point = static_cast<int64_t>(out.digits.size()) - power;
  return out;
}

BigFloat::Decimal BigFloat::decimal(int64_t digits) const {
  if (sign() == 0) return {};
  const Integer magnitude = mp::abs(mantissa_);
  const auto before_point =
      static_cast<int64_t>(std::ceil(static_cast<double>(bit_count(magnitude) + exponent_) * kLog10Of2));
  return scaled(magnitude, exponent_, std::max<int64_t>(digits, 1) + 1 - before_point);
}

// The shortest digits between the middles to the neighbours of this precision.
BigFloat::Decimal BigFloat::shortest() const {
  if (sign() == 0) return {};
  const Integer magnitude = mp::abs(mantissa_);
  const int64_t shift = static_cast<int64_t>(precision_) + 1 - bit_count(magnitude);
  const Integer middle = magnitude << static_cast<unsigned>(shift);
  const int64_t exponent = exponent_ - shift;
  const bool inclusive = !mp::bit_test(middle, 1);
  const auto before_point = static_cast<int64_t>(std::ceil(static_cast<double>(precision_ + 1 + exponent) * kLog10Of2));
  const int64_t power = static_cast<int64_t>(precision_ * kLog10Of2) + 5 - before_point;
  Decimal value = scaled(middle, exponent, power);
  Decimal low = scaled(middle - 1, exponent, power);
  Decimal high = scaled(middle + 1, exponent, power);
  const size_t size = high.digits.size();
  const auto widen = [&](Decimal& d) {
    d.point += static_cast<int64_t>(size - d.digits.size());
    d.digits.insert(0, size - d.digits.size(), '0');
  };
  widen(value);
  widen(low);
  const auto ends_after = [](const Decimal& d, size_t i) {
    return !d.inexact && d.digits.find_first_not_of('0', i + 1) == std::string::npos;
  };
  for (size_t i = 0; i < size; ++i) {
    const char digit = value.digits[i];
    const bool down = low.digits[i] != digit || (inclusive && ends_after(low, i));
    const bool up = digit != high.digits[i] && (inclusive || digit + 1 < high.digits[i] || !ends_after(high, i));
    const auto count = static_cast<int64_t>(i) + 1;
    if (down && up) {
      value.round(count);
    } else if (down) {
      value.digits.resize(i + 1);
    } else if (up) {
      value.digits[i + 1 < size ? i + 1 : i] = '9';
      value.inexact = true;
      value.round(count);
    } else {
      continue;
    }
    break;
  }
  value.inexact = false;
  value.strip_zeros();
  return value;
}

void BigFloat::Decimal::round(int64_t count) {
  if (count < 0) {
    digits.clear();
  } else if (count < static_cast<int64_t>(digits.size())) {
    const auto kept = static_cast<size_t>(count);
    const char next = digits[kept];
    const bool beyond = inexact || digits.find_first_not_of('0', kept + 1) != std::string::npos;
    const bool odd = kept > 0 && (digits[kept - 1] - '0') % 2 == 1;
    digits.resize(kept);
    if (next > '5' || (next == '5' && (beyond || odd))) {
      size_t i = kept;
      while (i > 0 && digits[i - 1] == '9') digits[--i] = '0';
      if (i > 0) {
        ++digits[i - 1];
      } else {
        digits.insert(digits.begin(), '1');
        ++point;
      }
    }
  }
  inexact = false;
  strip_zeros();
}

void BigFloat::Decimal::strip_zeros() {
  digits.erase(digits.find_last_not_of('0') + 1);
  const size_t leading = std::min(digits.find_first_not_of('0'), digits.size());
  digits.erase(0, leading);
  point -= static_cast<int64_t>(leading);
  if (digits.empty()) point = 0;
}

}  // namespace drover::hcl
