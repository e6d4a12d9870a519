#include "api/log_times.h"

#include <gtest/gtest.h>

namespace drover::api {
namespace {

WallTime at(int64_t millis) {
  return {millis * 1'000'000};
}

TEST(LogTimes, ALineHasTheTimeOfTheMarkBeforeIt) {
  const auto times = LogTimes::parse("0 100\n10 200\n");
  EXPECT_EQ(times.at(0), at(100));
  EXPECT_EQ(times.at(9), at(100));
  EXPECT_EQ(times.at(10), at(200));
  EXPECT_EQ(times.at(1000), at(200));
  EXPECT_TRUE(times.knows(10));
  EXPECT_FALSE(times.knows(11));
}

TEST(LogTimes, WhatWasCutOffHasNewTimes) {
  const auto times = LogTimes::parse("0 100\n10 200\n20 250\n10 300\n");
  EXPECT_EQ(times.at(25), at(300));
}

TEST(LogTimes, WhatIsNotNotedIsNotKnown) {
  EXPECT_EQ(LogTimes().at(5), WallTime());
  EXPECT_FALSE(LogTimes().knows(0));
  EXPECT_EQ(LogTimes::parse("7 100\n").at(6), WallTime());
  const auto broken = LogTimes::parse("x 1\n5\n6 -1\n7 99999999999999999\n8 100");
  EXPECT_EQ(broken.at(7), WallTime());
  EXPECT_EQ(broken.at(8), at(100));
}

}  // namespace
}  // namespace drover::api
