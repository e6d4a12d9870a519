#include "cli/escape_filter.h"

#include <gtest/gtest.h>

namespace drover::cli {
namespace {

std::string typed(std::string_view keys, std::optional<char> escape = '~') {
  EscapeFilter filter(escape);
  std::string sent;
  for (const char key : keys) {
    const auto out = filter.feed(std::string_view(&key, 1));
    sent += out.bytes;
    if (out.disconnect) return sent + "|";
  }
  return sent;
}

TEST(EscapeFilter, EndsTheConnectionAtTheBeginningOfALineOnly) {
  EXPECT_EQ(typed("~."), "|");
  EXPECT_EQ(typed("ls\r~."), "ls\r|");
  EXPECT_EQ(typed("ls ~.\r"), "ls ~.\r");
  EXPECT_EQ(typed("cd ~\r"), "cd ~\r");
}

TEST(EscapeFilter, SendsTheCharacterWhereItMeansNothing) {
  EXPECT_EQ(typed("~~."), "~.");
  EXPECT_EQ(typed("~/bin/x\r"), "~/bin/x\r");
  EXPECT_EQ(typed("~."), typed("%.", '%'));
  EXPECT_EQ(typed("~.", std::nullopt), "~.");
}

}  // namespace
}  // namespace drover::cli
