#include "hcl/value.h"

#include <gtest/gtest.h>

namespace drover::hcl {
namespace {

TEST(Number, WritesShortDecimalsWithoutExponent) {
  EXPECT_EQ(Number::parse("1.50")->to_string(), "1.5");
  EXPECT_EQ(Number::parse("1e21")->to_string(), "1000000000000000000000");
  EXPECT_EQ(Number::parse("1e-7")->to_string(), "0.0000001");
  EXPECT_EQ(Number(-5).to_string(), "-5");
  EXPECT_EQ(Number::from_double(3.0)->to_string(), "3");
}

TEST(Number, ReadsOnlyWholeTexts) {
  for (const char* bad : {"", "-", ".", "1e", "0x1", "1 ", " 1", "--1", "+-1", "1_0", "inf", "nan", "1e999"}) {
    EXPECT_EQ(Number::parse(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(Number::parse("1e-999")->to_int64(), 0);
  EXPECT_EQ(Number::parse("+5")->to_int64(), 5);
  EXPECT_EQ(Number::parse(".5")->to_string(), "0.5");
  EXPECT_EQ(Number::parse("1.")->to_int64(), 1);
  EXPECT_EQ(Number::parse_integer("-ff", 16)->to_int64(), -255);
  EXPECT_EQ(Number::parse_integer("zZ", 62)->to_int64(), 35 * 62 + 61);
  EXPECT_EQ(Number::parse_integer("", 10), std::nullopt);
}

TEST(Number, StaysExactUntilItCannot) {
  const Number big(INT64_MAX);
  EXPECT_EQ(subtract(big, Number(1))->to_int64(), INT64_MAX - 1);
  EXPECT_FALSE(add(big, Number(1))->is_small());
  EXPECT_EQ(add(big, Number(1))->to_string(), "9223372036854775808");
  EXPECT_EQ(divide(Number(INT64_MIN), Number(-1))->to_string(), "9223372036854775808");
  EXPECT_EQ(modulo(Number(INT64_MIN), Number(-1))->to_int64(), 0);
  EXPECT_EQ(divide(Number(1), Number(0)), std::nullopt);
  EXPECT_EQ((-Number(INT64_MIN)).to_string(), "9223372036854775808");
}

TEST(Number, Has512Bits) {
  const Number third = *divide(Number(1), Number(3));
  EXPECT_EQ(multiply(third, Number(3))->to_int64(), 1);
  EXPECT_EQ(third.to_string().size(), 157u);
  EXPECT_EQ(add(*Number::parse("0.1"), *Number::parse("0.2"))->to_string(), "0.3");
  EXPECT_EQ(Number::from_double(0.1)->to_string(), "0.1");
  EXPECT_EQ(Number::parse("1e100")->to_string(), "1" + std::string(100, '0'));
  EXPECT_EQ(multiply(*Number::parse("1e400"), *Number::parse("1e400")), std::nullopt);
}

TEST(Number, IsFormattedAsPrintfDoes) {
  const Number number = *Number::parse("1234567.125");
  EXPECT_EQ(number.format('f', 2), "1234567.12");
  EXPECT_EQ(number.format('e', 3), "1.235e+06");
  EXPECT_EQ(number.format('g', std::nullopt), "1.234567125e+06");
  EXPECT_EQ(number.format('g', 8), "1234567.1");
  EXPECT_EQ(Number(0).format('e', 1), "0.0e+00");
  EXPECT_EQ(Number::parse("0.05")->format('f', 1), "0.1");
  EXPECT_EQ(Number::parse("-0.0001")->format('g', std::nullopt), "-0.0001");
  EXPECT_EQ(Number::parse("9.99")->format('f', 0), "10");
  EXPECT_EQ(Number(-255).to_base(16), "-ff");
}

TEST(Value, ConvertsAsHclDoes) {
  EXPECT_EQ(to_text(Value(Number(3))), "3");
  EXPECT_EQ(to_text(Value(false)), "false");
  EXPECT_EQ(to_text(Value()), std::nullopt);
  EXPECT_EQ(to_number(Value("12")), Number(12));
  EXPECT_EQ(to_number(Value("x")), std::nullopt);
  EXPECT_EQ(to_bool(Value("true")), true);
  EXPECT_EQ(to_bool(Value("yes")), std::nullopt);
}

TEST(Value, KnowsItsWeightThroughSharing) {
  Value value("0123456789abcdef");
  for (int i = 0; i < 70; ++i) value = Value(Value::List(10, value));
  EXPECT_EQ(value.weight(), UINT64_MAX);
  EXPECT_EQ(value.depth(), 70u);
}

TEST(Object, KeepsTheOrderOfKeys) {
  Object object;
  object.set("b", Number(1));
  object.set("a", Number(2));
  object.set("b", Number(3));
  ASSERT_EQ(object.size(), 2u);
  EXPECT_EQ(object.members()[0].first, "b");
  EXPECT_EQ(object.members()[0].second, Value(Number(3)));
  EXPECT_EQ(object.sorted()[0]->first, "a");
  Object other;
  other.set("a", Number(2));
  other.set("b", Number(3));
  EXPECT_EQ(object, other);
}

TEST(Value, IsDescribedForMessages) {
  EXPECT_EQ(describe(Value("web")), "string \"web\"");
  EXPECT_EQ(describe(Value(Value::List(3))), "list of 3");
  EXPECT_EQ(type_name(Value::Kind::Object), "object");
}

}  // namespace
}  // namespace drover::hcl
