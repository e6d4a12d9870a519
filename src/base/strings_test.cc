#include "base/strings.h"

#include <gtest/gtest.h>

#include "base/diagnostics.h"
#include "base/duration.h"
#include "base/random.h"

namespace drover {
namespace {

TEST(Strings, SplitKeepsEmptyParts) {
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string>{"a", "", "b"}));
}

TEST(Strings, ParseIntTakesTheWholeTextOnly) {
  EXPECT_EQ(parse_int("-12"), -12);
  EXPECT_FALSE(parse_int("12x"));
  EXPECT_FALSE(parse_int(""));
  EXPECT_FALSE(parse_int("99999999999999999999"));
}

TEST(Strings, NearestNameSuggestsOnlyLikelySlips) {
  EXPECT_EQ(nearest_name("cuont", {"count", "name"}), "count");
  EXPECT_FALSE(nearest_name("zzz", {"count", "name"}));
}

TEST(Strings, PrintableEscapesWhatATerminalWouldObey) {
  EXPECT_EQ(printable("a\x1b[31m"), "a\\x1b[31m");
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b");
  EXPECT_EQ(printable("é"), "é");
}

TEST(Strings, Base64RoundTrips) {
  for (const std::string text : {"", "a", "ab", "abc", "abcd"}) EXPECT_EQ(base64_decode(base64_encode(text)), text);
  EXPECT_EQ(base64_encode("hello"), "aGVsbG8=");
  EXPECT_FALSE(base64_decode("a*b="));
}

TEST(Duration, ParsesWhatGoParses) {
  using namespace std::chrono_literals;
  EXPECT_EQ(parse_duration("1h30m").value(), 90min);
  EXPECT_EQ(parse_duration("250ms").value(), 250ms);
  EXPECT_EQ(parse_duration("1.5s").value(), 1500ms);
  EXPECT_EQ(parse_duration("-2us").value(), -2us);
  EXPECT_EQ(parse_duration("0").value(), 0s);
  for (const char* bad : {"", "5", "s", "5 s", "1h-3m", "5x", "99999999999h", "1..5s"}) {
    EXPECT_FALSE(parse_duration(bad).has_value()) << bad;
  }
}

TEST(Duration, FormatsAsGo) {
  using namespace std::chrono_literals;
  EXPECT_EQ(format_duration(0s), "0s");
  EXPECT_EQ(format_duration(90min), "1h30m0s");
  EXPECT_EQ(format_duration(1500ms), "1.5s");
  EXPECT_EQ(format_duration(250ms), "250ms");
  EXPECT_EQ(format_duration(-1500us), "-1.5ms");
}

TEST(Random, UuidHasVersionAndVariant) {
  SeededRandom random(1);
  const std::string id = random.uuid().str();
  ASSERT_EQ(id.size(), 36u);
  EXPECT_EQ(id[14], '4');
  EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
  EXPECT_NE(random.uuid().str(), id);
  EXPECT_EQ(Uuid::parse(id)->str(), id);
  EXPECT_FALSE(Uuid::parse(id.substr(1)));
}

TEST(Uuid, PrefixIsARangeOfItsText) {
  const Uuid id = *Uuid::parse("ab12cd34-0000-4000-8000-000000000001");
  for (const char* prefix : {"", "a", "ab12", "ab12cd34-", "ab12cd34-0"}) {
    const auto range = uuid_prefix_range(prefix);
    ASSERT_TRUE(range) << prefix;
    EXPECT_TRUE(range->first <= id && id <= range->last) << prefix;
  }
  EXPECT_TRUE(id < uuid_prefix_range("ac")->first);
  EXPECT_FALSE(uuid_prefix_range("xyz"));
}

TEST(Diagnostics, FormatsPositionWithCaret) {
  Diagnostic d{.message = "unknown key \"cuont\"", .pos = {"job.nomad", 3, 5}, .source_line = "    cuont = 1"};
  EXPECT_EQ(d.format(), "job.nomad:3:5: unknown key \"cuont\"\n  3 |     cuont = 1\n    |     ^");
}

TEST(Diagnostics, ToErrorHoldsAllProblems) {
  Diagnostics d;
  d.error("A", "first");
  d.error("B", "second");
  d.warning("C", "third");
  EXPECT_EQ(d.to_error().message(), "2 errors occurred:\n\t* A: first\n\t* B: second");
}

}  // namespace
}  // namespace drover
