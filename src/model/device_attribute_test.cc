#include "model/device_attribute.h"

#include <gtest/gtest.h>

namespace drover::model {
namespace {

bool holds(const char* left, Operator op, const char* right) {
  MatchCache cache;
  return matches_device(op, DeviceAttribute::parse(left), DeviceAttribute::parse(right), cache);
}

TEST(DeviceAttribute, IsReadByItsForm) {
  struct Case {
    const char* text;
    DeviceAttribute expected;
  };
  const Case table[] = {{"true", {true, ""}},
                        {"1", {int64_t{1}, ""}},
                        {"-100", {int64_t{-100}, ""}},
                        {"-1.0", {-1.0, ""}},
                        {"100.25", {100.25, ""}},
                        {"foobar", {"foobar", ""}},
                        {"foo123bar", {"foo123bar", ""}},
                        {"100MB", {int64_t{100}, "MB"}},
                        {"-100MHz", {int64_t{-100}, "MHz"}},
                        {"-1.0MB/s", {-1.0, "MB/s"}},
                        {"1.01TB", {1.01, "TB"}},
                        {" 2 GiB ", {int64_t{2}, "GiB"}},
                        {"350 W", {int64_t{350}, "W"}},
                        {"12 apples", {"12 apples", ""}},
                        {"MB", {"MB", ""}},
                        {"1-2", {"1-2", ""}},
                        {"nan", {"nan", ""}},
                        {"inf", {"inf", ""}},
                        {"1e3 EB", {1000.0, "EB"}},
                        {"1 EB", {int64_t{1}, "EB"}},
                        {"", {"", ""}}};
  for (const auto& [text, expected] : table) {
    const auto attribute = DeviceAttribute::parse(text);
    EXPECT_EQ(attribute.value, expected.value) << text;
    EXPECT_EQ(attribute.unit, expected.unit) << text;
  }
}

TEST(DeviceAttribute, ComparesNumbersWithTheirUnits) {
  struct Case {
    const char* a;
    const char* b;
    std::optional<int> expected;
  };
  const Case table[] = {{"3 GB", "3 MB", 1},        {"1 GiB", "1024 MiB", 0},
                        {"1 GiB", "1025 MiB", -1},  {"1000 mW", "1 W", 0},
                        {"1.5 GiB", "1400 MiB", 1}, {"1 kB", "1 KB", 0},
                        {"10", "10.1", -1},         {"10", "9", 1},
                        {"1 GHz", "999.9 MHz", 1},  {"8000000000000000001 EiB", "8000000000000000000 EiB", 1},
                        {"true", "false", 1},       {"a", "b", -1},
                        {"1 B", "1 W", {}},         {"1 B", "1", {}},
                        {"true", "1", {}},          {"a", "1", {}},
                        {"1 MB", "1 MB/s", {}}};
  for (const auto& [a, b, expected] : table) {
    EXPECT_EQ(compare(DeviceAttribute::parse(a), DeviceAttribute::parse(b)), expected) << a << " " << b;
  }
}

TEST(DeviceAttribute, IsMatchedByEveryOperator) {
  EXPECT_TRUE(holds("16 GiB", Operator::GreaterEqual, "2 GiB"));
  EXPECT_FALSE(holds("900 MiB", Operator::GreaterEqual, "2 GiB"));
  EXPECT_TRUE(holds("2048 MiB", Operator::Equal, "2 GiB"));
  EXPECT_TRUE(holds("2047 MiB", Operator::NotEqual, "2 GiB"));
  EXPECT_TRUE(holds("9", Operator::Less, "10"));
  EXPECT_FALSE(holds("9 W", Operator::Less, "10 B"));
  EXPECT_FALSE(holds("9 W", Operator::NotEqual, "10 B"));
  EXPECT_TRUE(holds("Tesla T4", Operator::Regexp, "^Tesla"));
  EXPECT_TRUE(holds("450.80", Operator::Version, ">= 450"));
  EXPECT_TRUE(holds("a,b", Operator::SetContainsAll, "b"));
}

TEST(DeviceAttribute, MayBeMissing) {
  MatchCache cache;
  const auto one = DeviceAttribute::parse("1");
  EXPECT_TRUE(matches_device(Operator::NotEqual, std::nullopt, one, cache));
  EXPECT_FALSE(matches_device(Operator::Less, std::nullopt, one, cache));
  EXPECT_TRUE(matches_device(Operator::IsNotSet, std::nullopt, std::nullopt, cache));
}

}  // namespace
}  // namespace drover::model
