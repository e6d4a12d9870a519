#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/multiprecision/cpp_int.hpp>

namespace drover::hcl {

// A binary floating point number: mantissa × 2^exponent, rounded to `precision` bits, ties to even; the result of an
// operation has the wider precision of its operands. Internal to number.cc: the header is heavy.
class BigFloat {
 public:
  using Integer = boost::multiprecision::cpp_int;
  static constexpr unsigned kPrecision = 512;
  static constexpr int64_t kMaxExponent = 2000;  // |value| < 2^kMaxExponent, or it does not fit().

  explicit BigFloat(Integer mantissa, int64_t exponent = 0, unsigned precision = kPrecision);

  // digits × 10^exponent, rounded once. REQUIRES an exponent that fits() could hold.
  static BigFloat from_decimal(const Integer& digits, int64_t exponent);
  static BigFloat from_double(double value);

  bool fits() const;     // Below 2^kMaxExponent.
  bool is_tiny() const;  // Not zero, and below 2^-kMaxExponent.
  bool is_integer() const { return exponent_ >= 0; }
  int sign() const { return mantissa_.sign(); }
  std::optional<int64_t> to_int64() const;
  double to_double() const;

  Integer truncated() const;
  Integer floored() const;

  BigFloat operator-() const { return BigFloat(-mantissa_, exponent_, precision_); }
  friend BigFloat operator+(const BigFloat& a, const BigFloat& b);
  friend BigFloat operator*(const BigFloat& a, const BigFloat& b);
  friend BigFloat operator/(const BigFloat& a, const BigFloat& b);  // REQUIRES b is not zero.
  friend std::strong_ordering operator<=>(const BigFloat& a, const BigFloat& b);

  unsigned precision() const { return precision_; }

  // Significant decimal digits of the absolute value: 0.d1d2d3… × 10^point. `inexact`: more follow that are not all
  // zero.
  struct Decimal {
    std::string digits;
    int64_t point = 0;
    bool inexact = false;

    void round(int64_t count);  // To that many digits, ties to even; `count` may be zero or less.
    void strip_zeros();
  };
  Decimal decimal(int64_t digits) const;  // At least that many, or all.
  Decimal shortest() const;

 private:
  Decimal scaled(const Integer& mantissa, int64_t exponent, int64_t power) const;

  Integer mantissa_;      // Odd, or zero.
  int64_t exponent_ = 0;  // 0 for zero.
  unsigned precision_;
};

}  // namespace drover::hcl
