#include "server/plan_gate.h"

#include <gtest/gtest.h>

#include <thread>

namespace drover::server {
namespace {

TEST(PlanGate, PlansAreMadeBesideEachOther) {
  PlanGate gate;
  EXPECT_TRUE(gate.try_enter(false));
  EXPECT_TRUE(gate.try_enter(false));
}

TEST(PlanGate, ALonePlanNeedsAllOthersToBeCommitted) {
  PlanGate gate;
  EXPECT_TRUE(gate.try_enter(false));
  EXPECT_FALSE(gate.try_enter(true));
  EXPECT_TRUE(gate.try_enter(false));  // what could not enter does not keep others out
  gate.leave();
  gate.leave();
  EXPECT_TRUE(gate.try_enter(true));
  EXPECT_FALSE(gate.try_enter(false));
  EXPECT_FALSE(gate.try_enter(true));
  gate.leave();
  EXPECT_TRUE(gate.try_enter(false));
}

TEST(PlanGate, ALonePlanThatWaitsGoesFirst) {
  PlanGate gate;
  gate.enter(false);
  std::thread lone([&] { gate.enter(true); });
  while (gate.try_enter(false)) gate.leave();  // until it waits
  gate.leave();
  lone.join();
  EXPECT_FALSE(gate.try_enter(false));
  gate.leave();
  EXPECT_TRUE(gate.try_enter(false));
}

}  // namespace
}  // namespace drover::server
