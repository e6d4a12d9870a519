#include "client/services/check_restart.h"

#include <gtest/gtest.h>

namespace drover::client {
namespace {

using namespace std::chrono_literals;

const MonoTime kStart{.nanos = 1'000'000'000};

TEST(CheckRestart, RestartsAfterSoManyBadResultsInARow) {
  CheckRestartTracker tracker({.limit = 2, .grace = 5s}, kStart);
  EXPECT_FALSE(tracker.on_result("critical", kStart + 6s));
  EXPECT_FALSE(tracker.on_result("passing", kStart + 7s));
  EXPECT_FALSE(tracker.on_result("critical", kStart + 8s));
  EXPECT_TRUE(tracker.on_result("critical", kStart + 9s));
  EXPECT_FALSE(tracker.on_result("critical", kStart + 10s));
}

TEST(CheckRestart, GivesTheTaskTimeToStart) {
  CheckRestartTracker tracker({.limit = 1, .grace = 5s}, kStart);
  EXPECT_FALSE(tracker.on_result("critical", kStart + 4s));
  EXPECT_TRUE(tracker.on_result("critical", kStart + 5s));
}

TEST(CheckRestart, CountsWarningsUnlessTheyAreIgnored) {
  CheckRestartTracker strict({.limit = 1, .grace = 0s}, kStart);
  EXPECT_TRUE(strict.on_result("warning", kStart));
  CheckRestartTracker lenient({.limit = 1, .grace = 0s, .ignore_warnings = true}, kStart);
  EXPECT_FALSE(lenient.on_result("warning", kStart));
}

TEST(CheckRestart, DoesNothingWithoutALimit) {
  CheckRestartTracker tracker({.limit = 0, .grace = 0s}, kStart);
  for (int i = 0; i < 5; i++) EXPECT_FALSE(tracker.on_result("critical", kStart + i * 1s));
}

}  // namespace
}  // namespace drover::client
