#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace drover::hcl {

class BigFloat;

// A number as HCL has them: a binary fraction rounded to 512 bits (53 for what comes from a double, until it meets a
// wider one), without exponent limits that a job file could meet: magnitudes from 2^-2000 to 2^2000. Integers that fit
// int64_t are held as such and cost nothing.
class Number {
 public:
  Number() = default;
  Number(int64_t value) : integer_(value) {}  // NOLINT(google-explicit-constructor): a value of the same meaning

  // Whole values become integers. Nothing for an infinity or NaN.
  static std::optional<Number> from_double(double value);

  // Decimal, with optional sign, fraction and exponent; also `1.` and `.5`. A value too small to hold is 0; nothing
  // for one too large.
  static std::optional<Number> parse(std::string_view text);

  // A whole number with the digits of a base from 2 to 62 (0-9, a-z, A-Z; one case is as good as the other up to 36),
  // with an optional sign. Nothing for other text, or a value too large.
  static std::optional<Number> parse_integer(std::string_view text, int base);

  bool is_integer() const;                           // A whole number of any size.
  bool is_small() const { return big_ == nullptr; }  // An integer that fits int64_t.
  std::optional<int64_t> to_int64() const;
  double to_double() const;  // The nearest; never infinite.

  // Shortest decimal form that reads back as the same number; never with an exponent.
  std::string to_string() const;

  // As C's printf: style is one of e, E, f, g, G; without a precision the shortest digits that read back. REQUIRES
  // precision <= kMaxPrecision.
  std::string format(char style, std::optional<unsigned> precision) const;
  static constexpr unsigned kMaxPrecision = 1000;

  // Digits in base 2, 8, 10 or 16 (lower case), with a minus. REQUIRES is_integer().
  std::string to_base(int base) const;

  bool is_zero() const { return is_small() && integer_ == 0; }
  int sign() const;
  Number floor() const;
  Number ceil() const;
  Number operator-() const;

  // Nothing where the result is not a number: overflow, or division by zero.
  friend std::optional<Number> add(const Number& a, const Number& b);
  friend std::optional<Number> subtract(const Number& a, const Number& b);
  friend std::optional<Number> multiply(const Number& a, const Number& b);
  friend std::optional<Number> divide(const Number& a, const Number& b);
  friend std::optional<Number> modulo(const Number& a, const Number& b);  // Takes the sign of `a`.

  friend bool operator==(const Number& a, const Number& b) { return (a <=> b) == 0; }
  friend std::strong_ordering operator<=>(const Number& a, const Number& b);

 private:
  static std::optional<Number> from_big(BigFloat value);
  BigFloat big() const;

  int64_t integer_ = 0;
  std::shared_ptr<const BigFloat> big_;  // Unless null, the value, which then is none that integer_ could hold.
};

std::optional<Number> add(const Number& a, const Number& b);
std::optional<Number> subtract(const Number& a, const Number& b);
std::optional<Number> multiply(const Number& a, const Number& b);
std::optional<Number> divide(const Number& a, const Number& b);
std::optional<Number> modulo(const Number& a, const Number& b);

}  // namespace drover::hcl
