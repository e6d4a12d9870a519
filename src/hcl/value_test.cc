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
  for (const char* bad : {"", "-", "1.", ".5", "1e", "0x", "1 ", "--1", "inf", "nan", "1e999", "0x-1"}) {
    EXPECT_EQ(Number::parse(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(Number::parse("1e-999")->to_int64(), 0);
  EXPECT_EQ(Number::parse("-0x10")->to_int64(), -16);
}

TEST(Number, StaysExactUntilItCannot) {
  const Number big(INT64_MAX);
  EXPECT_EQ(subtract(big, Number(1))->to_int64(), INT64_MAX - 1);
  EXPECT_FALSE(add(big, Number(1))->is_integer());
  EXPECT_EQ(divide(Number(INT64_MIN), Number(-1))->to_string(), "9223372036854775808");
  EXPECT_EQ(modulo(Number(INT64_MIN), Number(-1))->to_int64(), 0);
  EXPECT_EQ(divide(Number(1), Number(0)), std::nullopt);
  EXPECT_EQ((-Number(INT64_MIN)).to_string(), "9223372036854775808");
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
