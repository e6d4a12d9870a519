#include "jobspec/nosana_results.h"

#include <gtest/gtest.h>

#include "jobspec/nosana_endpoint.h"
#include "jobspec/test_support.h"

namespace drover::jobspec {
namespace {

using codec::Value;

const std::vector<OutputLine>& gpu_lines() {
  static const std::vector<OutputLine> kLines = {
      {"stderr", "Device 0: A"}, {"stdout", "Device 1: B"}, {"stdout", "nothing"}};
  return kLines;
}

std::string result(const std::string& regex, const std::vector<OutputLine>& lines,
                   const std::vector<std::string>& streams = {}) {
  return codec::dump(*extract_results({{"r", regex, streams}}, lines).find("r"));
}

TEST(NosanaResults, AreTheRecordedOnes) {
  EXPECT_EQ(result("Device.*", gpu_lines(), {"stderr"}), R"(["Device 0: A"])");
  EXPECT_EQ(result("Device.*", gpu_lines(), {"stdout", "stderr"}), R"(["Device 0: A","Device 1: B"])");
  EXPECT_EQ(result("no such", gpu_lines()), "[]");
  EXPECT_EQ(result("\\", gpu_lines()), R"("SyntaxError: Invalid regular expression: /\\/: \\ at end of pattern")");
  EXPECT_EQ(result("(", gpu_lines()), R"("SyntaxError: Invalid regular expression: /(/: Unterminated group")");
  const std::vector<OutputLine> line = {{"stdout", "cmd: 2 a=3"}};
  EXPECT_EQ(result(R"(a=(\d))", {{"stdout", "a=1"}}), R"(["a=1","1"])");
  EXPECT_EQ(result(R"(a=(x)?(\d))", {{"stdout", "a=1"}}), R"(["a=1",null,"1"])");
  EXPECT_EQ(result("(?<=cmd: ).*", line), R"(["2 a=3"])");
  EXPECT_EQ(result("*", line), R"([""])");
  EXPECT_EQ(result(".+", {{"stdout", "one\ntwo"}}), R"(["one"])");
}

TEST(NosanaResults, PatternsAreJavaScripts) {
  EXPECT_EQ(result(R"([^]+)", {{"stdout", "a\nb"}}), R"(["a\nb"])");
  EXPECT_EQ(result(R"([[:a]+)", {{"stdout", "x[:a"}}), R"(["[:a"])");
  EXPECT_EQ(result(R"(\h\A\Q)", {{"stdout", "hAQ"}}), R"(["hAQ"])");
  EXPECT_EQ(result(R"(a{,2})", {{"stdout", "a{,2}"}}), R"(["a{,2}"])");
  EXPECT_EQ(result(R"((?<word>b)\k<word>)", {{"stdout", "abb"}}), R"(["bb","b"])");
  EXPECT_EQ(result("a$", {{"stdout", "a\n"}}), "[]");
  for (const char* bad : {"a++", "(?>a)", "(?i)a", "(*UTF)a", "a**", "[a", "a)", "(?<>a)"}) {
    EXPECT_FALSE(check_result_pattern(bad)) << bad;
  }
}

TEST(NosanaResults, APatternThatNeverEndsIsStopped) {
  const std::string many(60, 'a');
  EXPECT_TRUE(result("(a+)+$", {{"stdout", many + "b"}}).starts_with("\"Error: "));
}

TEST(NosanaEndpoint, IdsAreTheRecordedOnes) {
  const std::string job = "3EwUexRdXedDk2EL72py5FQd9fG2aVR9trD3EqEbGCDu";
  EXPECT_EQ(nosana_endpoint_id(0, "3000", job), "LUyn6L6ahWz8SnBze4vC4BMwaYmYaor2zCLVt49wn1SQ");
  EXPECT_EQ(nosana_endpoint_id(0, "8080", job), "2bechSJhHxuDJExaTkP6buf9EtzDSNikLBqiEWczftdh");
  EXPECT_EQ(nosana_endpoint_id(1, "80", job), "2ehaBb1hmc48XVpMPTKGBvPr3GDMqC8tde3VjEr1vnJz");
  EXPECT_EQ(nosana_hash("hello", 44), "47Fm3BJZQ62765jMZJH4m28hrDM7Szbj9CUmj4F4gnvy");
  EXPECT_EQ(nosana_hash("hello", 45), "47Fm3BJZQ62765jMZJH4m28hrDM7Szbj9CUmj4F4gnvyD");
  EXPECT_EQ(nosana_endpoint_id(0, "8000-8010", job), "5VhY9QvfU4N7GPmwnFjNFmznsTgxCz4YQGAKhY8f6Nvh");
  EXPECT_EQ(nosana_hash("DEP:PROJ", 45), "5R4xqifdH9yfjiLeZcR28pyyKC8vbJc23y8wVUfTAMAUW");
  EXPECT_EQ(nosana_deployment_endpoint_id("DEP", "PROJ", "nginx"), "5EEa7MEkcFRVMLL86cGvDwj9L7tM6wU35y2y8gdyqMVD");
  EXPECT_EQ(nosana_private_endpoint_id(std::string(45, '\x01')).size(), 45u);
}

}  // namespace
}  // namespace drover::jobspec
