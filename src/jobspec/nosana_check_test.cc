#include "jobspec/nosana_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "jobspec/nosana_test_support.h"
#include "jobspec/test_support.h"

namespace drover::jobspec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Generated definitions with what the validators of @nosana/sdk 0.4.69 and @nosana/types 2.1.6 said of them (1: valid),
// some of more than 44,000 that were compared.
TEST(NosanaCheck, TheValidatorsVerdictsAreTheRecordedOnes) {
  size_t count = 0;
  for (const std::string& line : split(test_file("nosana/validators.txt"), '\n')) {
    if (line.empty()) continue;
    const codec::Value definition = json(line.substr(3));
    const bool sdk = check_nosana_schema(definition, kSdk).empty();
    const bool types = check_nosana_schema(definition, kTypes).empty();
    EXPECT_EQ(fmt::format("{:d}{:d}", sdk, types), line.substr(0, 2)) << line;
    ++count;
  }
  EXPECT_GE(count, 150u);
}

std::vector<std::string> strict_errors(std::string_view text) {
  return errors_in(parse(text, {.nosana_strict = true}));
}

std::string with_args(std::string_view args) {
  return fmt::format(
      R"({{"version": "0.1", "type": "container", "ops": [{{"type": "container/run", "id": "a", "args": {{{}}}}}]}})",
      args);
}

TEST(NosanaCheck, StrictnessNamesWhoRefuses) {
  EXPECT_THAT(strict_errors(with_args(R"("image": "x")")), IsEmpty());
  EXPECT_THAT(strict_errors(with_args(R"("image": "x", "output": "/o")")),
              ElementsAre("ops[0].args.output: unknown key \"output\" (refused by @nosana/types)"));
  EXPECT_THAT(strict_errors(with_args(R"("image": "x", "restart_policy": "no")")),
              ElementsAre(HasSubstr("(refused by @nosana/sdk)")));
  EXPECT_THAT(strict_errors(with_args(R"("image": "x", "comand": "a")")),
              ElementsAre(HasSubstr("did you mean \"cmd\"? (refused by @nosana/sdk and @nosana/types)")));
}

TEST(NosanaCheck, WhatOnlyDroverAcceptsIsWarnedAbout) {
  const auto warnings = [](std::string_view args) {
    const ParsedJob parsed = parse(fmt::format(R"({{"version": "0.1", "type": "container", "global": {{"image": "x"}},
                         "ops": [{{"type": "container/run", "id": "a", "args": {{{}}}}}]}})",
                                               args));
    EXPECT_TRUE(parsed.ok()) << parsed.diagnostics.to_error().message();
    return warnings_in(parsed);
  };
  EXPECT_THAT(warnings(R"("gpu": false)"), ElementsAre(testing::StartsWith("ops[0].args: ")));
  EXPECT_THAT(warnings(R"("image": "x", "resources": [{"type": "S3", "url": "https://x", "target": "/t",
                          "IAM": {"ACCESS_KEY_ID": "k", "SECRET_ACCESS_KEY": "s"}}])"),
              ElementsAre(testing::StartsWith("ops[0].args.resources[0].IAM.REGION: ")));
}

}  // namespace
}  // namespace drover::jobspec
