#include "client/tasks/restart_tracker.h"

#include <gtest/gtest.h>

namespace drover::client {
namespace {

using namespace std::chrono_literals;

const WallTime kStart{.unix_nanos = 1'000'000'000'000'000};

model::RestartPolicy policy(int32_t attempts, const char* mode) {
  return {.attempts = attempts, .interval = 1min, .delay = 10s, .mode = mode};
}

RestartRequest failure_at(Duration after) {
  return {.cause = RestartCause::Failure, .now = kStart + after};
}

TEST(RestartTracker, WaitsTheDelayWithinThePolicy) {
  RestartHistory history;
  const auto decision = decide_restart(policy(2, "fail"), history, failure_at(0s));
  EXPECT_TRUE(decision.restart);
  EXPECT_EQ(decision.delay, 10s);
  EXPECT_EQ(decision.reason, "Restart within policy");
}

TEST(RestartTracker, AddsAtMostAQuarterOfTheDelayAsJitter) {
  RestartHistory history;
  auto request = failure_at(0s);
  request.jitter = 0.5;
  EXPECT_EQ(decide_restart(policy(2, "fail"), history, request).delay, 11250ms);
}

TEST(RestartTracker, FailsTheTaskWhenItsAttemptsAreUsedUp) {
  RestartHistory history;
  EXPECT_TRUE(decide_restart(policy(2, "fail"), history, failure_at(0s)).restart);
  EXPECT_TRUE(decide_restart(policy(2, "fail"), history, failure_at(1s)).restart);
  const auto last = decide_restart(policy(2, "fail"), history, failure_at(2s));
  EXPECT_FALSE(last.restart);
  EXPECT_TRUE(last.failed);
}

TEST(RestartTracker, WaitsForTheEndOfTheWindowInDelayMode) {
  RestartHistory history;
  for (int i = 0; i < 2; i++) EXPECT_TRUE(decide_restart(policy(2, "delay"), history, failure_at(0s)).restart);
  const auto third = decide_restart(policy(2, "delay"), history, failure_at(20s));
  EXPECT_TRUE(third.restart);
  EXPECT_EQ(third.delay, 40s);
}

TEST(RestartTracker, CountsAnewInANewWindow) {
  RestartHistory history;
  for (int i = 0; i < 2; i++) EXPECT_TRUE(decide_restart(policy(2, "fail"), history, failure_at(0s)).restart);
  EXPECT_TRUE(decide_restart(policy(2, "fail"), history, failure_at(61s)).restart);
  EXPECT_EQ(history.count, 1u);
}

TEST(RestartTracker, CountsAnewWhenTheClockWasSetBack) {
  RestartHistory history{.count = 2, .window_start = kStart + 24h};
  const auto decision = decide_restart(policy(2, "delay"), history, failure_at(0s));
  EXPECT_EQ(decision.delay, 10s);
}

TEST(RestartTracker, EndsABatchTaskThatSucceeded) {
  RestartHistory history;
  const auto decision =
      decide_restart(policy(2, "fail"), history, {.cause = RestartCause::Success, .batch = true, .now = kStart});
  EXPECT_FALSE(decision.restart);
  EXPECT_FALSE(decision.failed);
  EXPECT_EQ(history.count, 0u);
}

TEST(RestartTracker, RestartsAServiceThatSucceeded) {
  RestartHistory history;
  EXPECT_TRUE(decide_restart(policy(2, "fail"), history, {.cause = RestartCause::Success, .now = kStart}).restart);
}

TEST(RestartTracker, WithoutAttemptsTheExitDecidesWhetherItFailed) {
  RestartHistory history;
  EXPECT_FALSE(decide_restart(policy(0, "fail"), history, {.cause = RestartCause::Success, .now = kStart}).failed);
  EXPECT_TRUE(decide_restart(policy(0, "fail"), history, failure_at(0s)).failed);
}

TEST(RestartTracker, AnUnrecoverableErrorFailsAtOnce) {
  RestartHistory history;
  const auto decision =
      decide_restart(policy(9, "delay"), history, {.cause = RestartCause::Unrecoverable, .now = kStart});
  EXPECT_FALSE(decision.restart);
  EXPECT_TRUE(decision.failed);
}

TEST(RestartTracker, ATriggeredRestartCostsNothing) {
  RestartHistory history;
  const auto decision = decide_restart(policy(0, "fail"), history, {.cause = RestartCause::Triggered, .now = kStart});
  EXPECT_TRUE(decision.restart);
  EXPECT_EQ(decision.delay, 0s);
  EXPECT_EQ(history.count, 0u);
}

}  // namespace
}  // namespace drover::client
