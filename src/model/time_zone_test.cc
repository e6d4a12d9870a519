#include "model/time_zone.h"

#include <gtest/gtest.h>

namespace drover::model {
namespace {

TEST(TimeZone, IsLoadedByName) {
  for (const char* name : {"", "UTC", "Europe/Berlin", "America/New_York", "Etc/GMT+3", "Asia/Kolkata"}) {
    EXPECT_TRUE(TimeZone::load(name)) << name;
  }
  for (const char* name : {"Europe/Berlim", "Local", "localtime", "/etc/localtime", "../../etc/localtime", "Europe",
                           "file:/etc/localtime", "Europe/Berlin ", "leapseconds", "Fixed/UTC+01:00:00"}) {
    EXPECT_FALSE(TimeZone::load(name)) << name;
  }
}

TEST(TimeZone, AMissingDatabaseIsNotAWrongName) {
  EXPECT_TRUE(TimeZone::load("UTC", "/nonexistent"));
  const auto zone = TimeZone::load("Europe/Berlin", "/nonexistent");
  ASSERT_FALSE(zone);
  EXPECT_EQ(zone.error().code(), ErrorCode::Unavailable);
  EXPECT_NE(zone.error().message().find("tzdata"), std::string::npos);
}

TEST(TimeZone, KnowsSkippedAndRepeatedTimes) {
  const auto berlin = TimeZone::load("Europe/Berlin").value();
  const auto normal = berlin.resolve({2026, 7, 1, 12, 0, 0});
  EXPECT_EQ(normal.at, (WallTime{1782900000'000000000}));
  EXPECT_EQ(berlin.to_civil(*normal.at), (CivilTime{2026, 7, 1, 12, 0, 0}));
  const auto skipped = berlin.resolve({2026, 3, 29, 2, 30, 0});
  EXPECT_FALSE(skipped.at);
  EXPECT_EQ(skipped.resume, (CivilTime{2026, 3, 29, 3, 0, 0}));
  const auto repeated = berlin.resolve({2026, 10, 25, 2, 30, 0});
  EXPECT_EQ(repeated.at, (WallTime{1792888200'000000000}));  // 00:30 UTC, still summer
  EXPECT_EQ(repeated.resume, (CivilTime{2026, 10, 25, 3, 0, 0}));
}

}  // namespace
}  // namespace drover::model
