#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace drover::hcl {

// A number: exact when it is an integer that fits int64_t, a finite double otherwise. Nothing outside this class knows
// the representation, so that it can become arbitrary precision.
class Number {
 public:
  Number() = default;
  Number(int64_t value) : integer_(value) {}  // NOLINT(google-explicit-constructor): a value of the same meaning

  // Whole values become integers. Nothing for an infinity or NaN.
  static std::optional<Number> from_double(double value);

  // Decimal, with optional fraction and exponent, or 0x and hexadecimal digits; optional leading minus.
  static std::optional<Number> parse(std::string_view text);

  bool is_integer() const { return is_integer_; }
  std::optional<int64_t> to_int64() const;
  double to_double() const { return is_integer_ ? static_cast<double>(integer_) : real_; }

  // Shortest decimal form that reads back as the same number; never with an exponent.
  std::string to_string() const;

  bool is_zero() const { return is_integer_ && integer_ == 0; }
  Number operator-() const;

  // Nothing where the result is not a number: overflow, or division by zero.
  friend std::optional<Number> add(const Number& a, const Number& b);
  friend std::optional<Number> subtract(const Number& a, const Number& b);
  friend std::optional<Number> multiply(const Number& a, const Number& b);
  friend std::optional<Number> divide(const Number& a, const Number& b);
  friend std::optional<Number> modulo(const Number& a, const Number& b);  // Takes the sign of `a`.

  friend bool operator==(const Number& a, const Number& b) { return (a <=> b) == 0; }
  friend std::partial_ordering operator<=>(const Number& a, const Number& b);

 private:
  bool is_integer_ = true;
  int64_t integer_ = 0;
  double real_ = 0;  // Meaningful if !is_integer_; finite and not representable as an integer_.
};

std::optional<Number> add(const Number& a, const Number& b);
std::optional<Number> subtract(const Number& a, const Number& b);
std::optional<Number> multiply(const Number& a, const Number& b);
std::optional<Number> divide(const Number& a, const Number& b);
std::optional<Number> modulo(const Number& a, const Number& b);

}  // namespace drover::hcl
