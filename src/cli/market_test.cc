#include "cli/market_options.h"

#include <gtest/gtest.h>

namespace drover::cli {
namespace {

using namespace std::chrono_literals;

TEST(MarketOptions, TimeoutsAreMinutesOrDurations) {
  EXPECT_EQ(*parse_timeout("90"), Duration(90min));
  EXPECT_EQ(*parse_timeout("90m"), Duration(90min));
  EXPECT_EQ(*parse_timeout("1h30m"), Duration(90min));
  for (const char* text : {"", "0", "-5m", "0m", "soon", "99999999999999999999", "9999999999"}) {
    EXPECT_FALSE(parse_timeout(text)) << text;
  }
}

}  // namespace
}  // namespace drover::cli
