#include "model/constraint_match.h"

#include <gtest/gtest.h>

namespace drover::model {
namespace {

using Side = std::optional<std::string_view>;

bool holds(Side left, std::string_view op, Side right) {
  MatchCache cache;
  return matches(find_operator(op).value(), left, right, cache);
}

TEST(Operators, HaveNamesThatAreFound) {
  for (const std::string_view name : operator_names()) EXPECT_TRUE(find_operator(name)) << name;
  EXPECT_FALSE(find_operator("equals"));
  EXPECT_FALSE(find_operator(""));
}

TEST(Operators, CompareTexts) {
  for (const char* op : {"=", "==", "is"}) {
    EXPECT_TRUE(holds("a", op, "a"));
    EXPECT_FALSE(holds("a", op, "A"));
  }
  for (const char* op : {"!=", "not"}) {
    EXPECT_FALSE(holds("a", op, "a"));
    EXPECT_TRUE(holds("a", op, "b"));
  }
  EXPECT_TRUE(holds("9", ">", "10"));
  EXPECT_TRUE(holds("9", ">=", "9"));
  EXPECT_TRUE(holds("10", "<", "9"));
  EXPECT_TRUE(holds("10", "<=", "10"));
  EXPECT_FALSE(holds("a", "<", "a"));
}

TEST(Operators, ASideThatIsMissingMatchesOnlyWhereItCan) {
  for (const std::string_view name : operator_names()) {
    if (name.starts_with("distinct")) continue;
    EXPECT_EQ(holds(std::nullopt, name, "1"), name == "!=" || name == "not" || name == "is_not_set") << name;
  }
  EXPECT_FALSE(holds(std::nullopt, "!=", std::nullopt));
  EXPECT_FALSE(holds(std::nullopt, "=", std::nullopt));
  EXPECT_TRUE(holds("", "is_set", ""));
  EXPECT_FALSE(holds("", "is_not_set", ""));
}

TEST(Operators, SearchWithRegularExpressions) {
  EXPECT_TRUE(holds("5.10.0-rc1", "regexp", "^5\\.1[0-9]"));
  EXPECT_TRUE(holds("5.10.0-rc1", "regexp", "rc"));
  EXPECT_FALSE(holds("5.10.0-rc1", "regexp", "^4"));
  EXPECT_FALSE(holds("a", "regexp", "("));
}

TEST(Operators, CompareVersions) {
  EXPECT_TRUE(holds("20.10.7", "version", ">= 19, < 21"));
  EXPECT_FALSE(holds("5.10.0-rc1", "version", ">= 5"));
  EXPECT_TRUE(holds("5.10.0-rc1", "semver", ">= 5.9.0"));
  EXPECT_FALSE(holds("20.10.7", "version", "no version"));
}

TEST(Operators, LookIntoLists) {
  EXPECT_TRUE(holds("sse, avx,avx2", "set_contains", "avx"));
  EXPECT_TRUE(holds("sse, avx,avx2", "set_contains_all", "avx2, sse,avx2"));
  EXPECT_FALSE(holds("sse, avx,avx2", "set_contains", "avx,avx512"));
  EXPECT_TRUE(holds("sse, avx,avx2", "set_contains_any", "avx512,sse"));
  EXPECT_FALSE(holds("sse, avx,avx2", "set_contains_any", "avx512"));
}

TEST(Regexps, HaveABudget) {
  EXPECT_TRUE(check_regexp("^(a|b)+$"));
  for (const char* bomb : {"(a{1000}){1000}", "((a{100}){100}){100}", "(", "(?<=a)b", "\\1"}) {
    EXPECT_FALSE(check_regexp(bomb)) << bomb;
  }
  EXPECT_FALSE(check_regexp(std::string(5000, 'a')));
  EXPECT_FALSE(holds(std::string(100'000, 'a'), "regexp", "^(a|a)*$b"));
}

TEST(MatchCache, KeepsWorkingWhenItIsFull) {
  MatchCache cache;
  for (int i = 0; i < 1000; ++i) {
    const std::string text = std::to_string(i);
    EXPECT_TRUE(matches(Operator::Regexp, text, text, cache));
    EXPECT_TRUE(matches(Operator::Version, text, ">= " + text, cache));
  }
}

}  // namespace
}  // namespace drover::model
