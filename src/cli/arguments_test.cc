#include "cli/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drover::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr OptionSpec kSpecs[] = {
    {"json", "", "x"}, {"n", "lines", "x"}, {"address", "addr", "x"}, {"verbose", "", "x"}};

Result<Arguments> parse(const std::vector<std::string>& words) {
  return parse_arguments(words, kSpecs);
}

TEST(Arguments, TakesOneDashAndTwo) {
  const auto args = parse({"-json", "--verbose", "-address=http://x:1", "--n", "5"});
  ASSERT_TRUE(args);
  EXPECT_TRUE(args->on("json"));
  EXPECT_TRUE(args->on("verbose"));
  EXPECT_EQ(args->get("address"), "http://x:1");
  EXPECT_EQ(*args->number("n", 0), 5U);
}

TEST(Arguments, TakesOptionsBehindPositionalArguments) {
  const auto args = parse({"web", "-n", "-5", "[a,b]", "-", "--", "-json"});
  ASSERT_TRUE(args);
  EXPECT_EQ(args->get("n"), "-5");
  EXPECT_FALSE(args->on("json"));
  EXPECT_THAT(args->positional(), ElementsAre("web", "[a,b]", "-", "-json"));
}

TEST(Arguments, LetsTheLastValueCount) {
  const auto args = parse({"-json", "-json=false", "-n=1", "-n=2"});
  ASSERT_TRUE(args);
  EXPECT_FALSE(args->on("json"));
  EXPECT_EQ(args->get("n"), "2");
}

TEST(Arguments, CountsAnEmptyValueAsNotGiven) {
  const auto args = parse({"-address="});
  ASSERT_TRUE(args);
  EXPECT_FALSE(args->has("address"));
  EXPECT_EQ(args->get("address", "other"), "other");
}

TEST(Arguments, SuggestsTheOptionThatWasMeant) {
  const auto args = parse({"-jsno"});
  ASSERT_FALSE(args);
  EXPECT_THAT(args.error().message(), HasSubstr("unknown option -jsno (did you mean -json?)"));
}

TEST(Arguments, RefusesMissingAndWrongValues) {
  EXPECT_THAT(parse({"-n"}).error().message(), HasSubstr("needs a value (lines)"));
  EXPECT_THAT(parse({"-json=maybe"}).error().message(), HasSubstr("true or false"));
  EXPECT_THAT(parse({"-n", "ten"})->number("n", 0).error().message(), HasSubstr("whole number"));
}

TEST(Arguments, LetsHelpSilenceEverythingElse) {
  for (const char* help : {"-h", "--help", "-help"}) {
    const auto args = parse({"-nonsense", help});
    ASSERT_TRUE(args) << help;
    EXPECT_TRUE(args->on("help"));
  }
}

}  // namespace
}  // namespace drover::cli
