#include "server/heartbeats.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "testutil/fake_clock.h"

namespace drover::server {
namespace {

using std::chrono::seconds;

model::NodeId id(uint64_t n) {
  return model::NodeId(Uuid{.hi = 1, .lo = n});
}

class HeartbeatsTest : public ::testing::Test {
 protected:
  drover::testing::FakeClock clock;
  SeededRandom random{1};
  Heartbeats beats{{}, clock, random};
};

TEST_F(HeartbeatsTest, TheTimeToLiveIsJitteredBetweenOnceAndTwiceTheShortest) {
  Duration shortest = Duration::max(), longest{0};
  for (int i = 0; i < 200; ++i) {
    const Duration ttl = beats.heard(id(1));
    shortest = std::min(shortest, ttl);
    longest = std::max(longest, ttl);
  }
  EXPECT_GE(shortest, seconds(10));
  EXPECT_LT(shortest, seconds(12));
  EXPECT_LE(longest, seconds(20));
  EXPECT_GT(longest, seconds(18));
}

TEST_F(HeartbeatsTest, ManyNodesAreToldToBeatLessOften) {
  Duration ttl{0};
  for (uint64_t n = 0; n < 5'000; ++n) ttl = beats.heard(id(n));
  EXPECT_GE(ttl, seconds(99));
  EXPECT_LE(ttl, seconds(200));
}

TEST_F(HeartbeatsTest, ANodeThatIsSilentExpiresOnceAfterItsTimeAndTheGrace) {
  const Duration ttl = beats.heard(id(1));
  clock.advance(ttl + seconds(9));
  EXPECT_TRUE(beats.expired().empty());
  EXPECT_EQ(beats.next_deadline(), clock.mono() + seconds(1));
  clock.advance(seconds(1));
  EXPECT_EQ(beats.expired(), std::vector{id(1)});
  EXPECT_TRUE(beats.expired().empty());
  EXPECT_EQ(beats.active(), 0u);
  EXPECT_FALSE(beats.next_deadline());
}

TEST_F(HeartbeatsTest, EveryBeatStartsTheTimeAnew) {
  for (int i = 0; i < 100; ++i) {
    const Duration ttl = beats.heard(id(1));
    clock.advance(ttl);
    EXPECT_TRUE(beats.expired().empty());
  }
  EXPECT_EQ(beats.active(), 1u);
}

TEST_F(HeartbeatsTest, AStepOfTheWallClockDownsNoNode) {
  beats.heard(id(1));
  clock.step_wall(std::chrono::hours(24 * 365));
  EXPECT_TRUE(beats.expired().empty());
  clock.step_wall(-std::chrono::hours(48 * 365));
  EXPECT_TRUE(beats.expired().empty());
}

TEST_F(HeartbeatsTest, NodesKnownFromTheStateHaveTimeToComeBack) {
  beats.expect(id(1));
  clock.advance(seconds(299));
  EXPECT_TRUE(beats.expired().empty());
  clock.advance(seconds(1));
  EXPECT_EQ(beats.expired(), std::vector{id(1)});
}

TEST_F(HeartbeatsTest, ExpectingANodeThatWasHeardChangesNothing) {
  beats.heard(id(1));
  const auto deadline = beats.next_deadline();
  beats.expect(id(1));
  EXPECT_EQ(beats.next_deadline(), deadline);
}

TEST_F(HeartbeatsTest, AForgottenNodeDoesNotExpire) {
  beats.heard(id(1));
  beats.forget(id(1));
  beats.forget(id(2));
  clock.advance(seconds(1'000));
  EXPECT_TRUE(beats.expired().empty());
}

TEST_F(HeartbeatsTest, ThoseWhoseTimeIsOverExpireInTheOrderOfTheirDeadlines) {
  beats.heard(id(2));
  clock.advance(seconds(30));  // longer than any two times to live differ
  beats.heard(id(1));
  clock.advance(seconds(100));
  EXPECT_EQ(beats.expired(), (std::vector{id(2), id(1)}));
}

}  // namespace
}  // namespace drover::server
