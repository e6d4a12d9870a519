#include "client/templates/env_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drover::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::map<std::string, std::string> parsed(std::string_view text) {
  const auto out = parse_env_file(text);
  EXPECT_TRUE(out) << out.error().message();
  return out.value_or(std::map<std::string, std::string>());
}

std::string problem(std::string_view text) {
  const auto out = parse_env_file(text);
  return out ? "none" : out.error().message();
}

TEST(EnvFile, ReadsLinesOfKeysAndValues) {
  EXPECT_THAT(parsed("# comment\n\n  A=1  \nexport B = two words # not this\nC=\nD=a#b\n"),
              ElementsAre(Pair("A", "1"), Pair("B", "two words"), Pair("C", ""), Pair("D", "a#b")));
}

TEST(EnvFile, QuotesKeepWhatIsInThem) {
  EXPECT_THAT(parsed("A='x # \\n '\nB=\"l1\\nl2 \\u00e9 \\\"q\\\" \"\nC=a'b c'\"d\"e\n"),
              ElementsAre(Pair("A", "x # \\n "), Pair("B", "l1\nl2 \xC3\xA9 \"q\" "), Pair("C", "ab cde")));
}

TEST(EnvFile, TheLastOneOfANameCounts) {
  EXPECT_THAT(parsed("A=1\r\nA=2\r\n"), ElementsAre(Pair("A", "2")));
}

TEST(EnvFile, ErrorsNameTheLineAndNothingOfItsValue) {
  EXPECT_EQ(problem("A=1\nsecret\n"), "line 2: missing \"=\"");
  EXPECT_THAT(problem("A='secret"), HasSubstr("line 1: a single quote"));
  EXPECT_THAT(problem("A=\"secret"), HasSubstr("line 1: a double quote"));
  EXPECT_THAT(problem("A=\"\\x\""), HasSubstr("escape"));
  EXPECT_THAT(problem("A=\"\\u12\""), HasSubstr("four hexadecimal digits"));
  EXPECT_THAT(problem("A=\"\\u0000\""), HasSubstr("NUL"));
  EXPECT_THAT(problem("1A=secret"), HasSubstr("name of the variable"));
  EXPECT_THAT(problem("A B=secret"), HasSubstr("name of the variable"));
}

}  // namespace
}  // namespace drover::client
