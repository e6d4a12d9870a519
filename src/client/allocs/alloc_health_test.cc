#include "client/allocs/alloc_health.h"

#include <gtest/gtest.h>

namespace drover::client {
namespace {

using namespace std::chrono_literals;

const MonoTime kStart{.nanos = 1};
const HealthInputs kGood{.all_running = true, .checks_passing = true};
const HealthInputs kCheckFails{.all_running = true};

model::UpdateStrategy policy(const char* mode) {
  return {.health_check = mode, .min_healthy_time = 10s, .healthy_deadline = 60s};
}

TEST(AllocHealth, IsHealthyAfterBeingGoodLongEnough) {
  AllocHealth health(policy("checks"), kStart);
  const auto first = health.update(kGood, kStart + 1s);
  EXPECT_FALSE(first.healthy);
  EXPECT_EQ(first.again, kStart + 11s);
  EXPECT_EQ(health.update(kGood, kStart + 11s).healthy, true);
}

TEST(AllocHealth, ABadMomentStartsTheTimeAnew) {
  AllocHealth health(policy("checks"), kStart);
  health.update(kGood, kStart);
  health.update(kCheckFails, kStart + 9s);
  EXPECT_FALSE(health.update(kGood, kStart + 10s).healthy);
  EXPECT_EQ(health.update(kGood, kStart + 20s).healthy, true);
}

TEST(AllocHealth, ARestartStartsTheTimeAnew) {
  AllocHealth health(policy("checks"), kStart);
  health.update(kGood, kStart);
  auto restarted = kGood;
  restarted.restarts = 1;
  EXPECT_FALSE(health.update(restarted, kStart + 10s).healthy);
}

TEST(AllocHealth, IgnoresChecksIfTaskStatesAreEnough) {
  AllocHealth health(policy("task_states"), kStart);
  health.update(kCheckFails, kStart);
  EXPECT_EQ(health.update(kCheckFails, kStart + 10s).healthy, true);
}

TEST(AllocHealth, IsUnhealthyAtTheDeadline) {
  AllocHealth health(policy("checks"), kStart);
  EXPECT_EQ(health.update(kCheckFails, kStart).again, kStart + 60s);
  EXPECT_EQ(health.update(kCheckFails, kStart + 60s).healthy, false);
}

TEST(AllocHealth, GoodTooLateIsUnhealthy) {
  AllocHealth health(policy("checks"), kStart);
  EXPECT_EQ(health.update(kGood, kStart + 55s).again, kStart + 60s);
  EXPECT_EQ(health.update(kGood, kStart + 60s).healthy, false);
}

TEST(AllocHealth, AFailedTaskIsUnhealthyAtOnce) {
  AllocHealth health(policy("checks"), kStart);
  EXPECT_EQ(health.update({.any_failed = true}, kStart).healthy, false);
}

TEST(AllocHealth, LeavesManualDecisionsToPeople) {
  AllocHealth health(policy("manual"), kStart);
  EXPECT_FALSE(health.update({.any_failed = true}, kStart + 1h).healthy);
}

}  // namespace
}  // namespace drover::client
