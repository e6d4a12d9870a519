#include "cli/console.h"

#include "cli/tail.h"
#include "cli/text.h"
#include "codec/json.h"

#include <sstream>

#include <gtest/gtest.h>

namespace drover::cli {
namespace {

TEST(Table, AlignsItsColumnsAndLeavesNoTrailingSpace) {
  Table table({"ID", "Status"});
  table.add({"abcd1234", "running"});
  table.add({"x", "ok"});
  EXPECT_EQ(table.format(), "ID        Status\nabcd1234  running\nx         ok");
}

TEST(Table, CountsWhatIsSeen) {
  Table table({"A", "B"});
  table.add({"\x1b[31mré\x1b[0m", "1"});
  table.add({"xyz", "2"});
  EXPECT_EQ(table.format(), "A    B\n\x1b[31mré\x1b[0m   1\nxyz  2");
}

TEST(Facts, AlignsTheEqualsSigns) {
  Facts facts;
  facts.add("ID", "1");
  facts.add("Status", "running");
  facts.add_if("Nothing", "");
  EXPECT_EQ(facts.format(), "ID     = 1\nStatus = running");
}

TEST(Console, PaintsOnlyWhereColoursAreWanted) {
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_EQ(Console(out, err, false, true).paint(Colour::Red, "x"), "x");
  EXPECT_EQ(Console(out, err, true, false).paint(Colour::Red, "x"), "\x1b[31mx\x1b[0m");
}

TEST(Text, KeepsLineFeedsAndTabsAndNothingElseThatATerminalObeys) {
  EXPECT_EQ(printable_lines("\n\ta\tb\n\x1b[2Jc\r"), "\n\ta\tb\n\\x1b[2Jc\\x0d");
  EXPECT_EQ(safe_text("a\xc2\x9b"
                      "2Jb\xc3\xa9"),
            "a\\xc2\\x9b2Jb\xc3\xa9");
}

TEST(Text, WritesTimesAndSizesForPeople) {
  EXPECT_EQ(time_ago({100'000'000'000}, 35'000'000'000), "1m5s ago");
  EXPECT_EQ(time_ago({100'000'000'000}, 0), "");
  const auto texts = codec::parse_json(R"(["2026-11-23T03:25:37.187685831Z", "2026-11-23T03:25:37.5+01:00",
                                           "2026-11-23T03:25:37Z", "0001-01-01T00:00:00Z", ""])");
  std::vector<std::string> stamps;
  for (const Json& text : Json(*texts).items()) stamps.push_back(time_stamp(text));
  EXPECT_EQ(stamps, (std::vector<std::string>{"2026-11-23T03:25:37Z", "2026-11-23T03:25:37+01:00",
                                              "2026-11-23T03:25:37Z", "N/A", "N/A"}));
  EXPECT_EQ(byte_size(300 << 20), "300 MiB");
  EXPECT_EQ(byte_size(1536), "1.5 KiB");
  EXPECT_EQ(byte_size(12), "12 B");
}

TEST(Tail, FindsTheStartOfTheLastLines) {
  EXPECT_EQ(last_lines_start("a\nb\nc\n", 2), 2U);
  EXPECT_EQ(last_lines_start("a\nb\nc", 1), 4U);
  EXPECT_EQ(last_lines_start("a\nb\n", 5), 0U);
  EXPECT_EQ(last_lines_start("a\n", 0), 2U);
  EXPECT_EQ(last_lines_start("", 3), 0U);
}

}  // namespace
}  // namespace drover::cli
