#include "server/blocked_evals.h"

#include <gtest/gtest.h>

namespace drover::server {
namespace {

BlockedEvals::EvalRow make_eval(uint64_t n, uint64_t snapshot_index, std::map<std::string, bool> eligibility,
                                bool escaped = false, const char* trigger = model::trigger::kQueuedAllocs) {
  model::Evaluation eval{.id = model::EvalId(Uuid{.hi = 1, .lo = n}), .job_id = "job" + std::to_string(n)};
  eval.triggered_by = trigger;
  eval.status = model::EvalStatus::Blocked;
  eval.snapshot_index = snapshot_index;
  eval.class_eligibility = std::move(eligibility);
  eval.escaped_computed_class = escaped;
  return std::make_shared<const model::Evaluation>(eval);
}

class BlockedEvalsTest : public ::testing::Test {
 protected:
  // The jobs of what comes back now.
  std::vector<std::string> freed() {
    std::vector<std::string> jobs;
    for (const auto& eval : blocked.take(100)) jobs.push_back(eval->job_id);
    return jobs;
  }

  using Jobs = std::vector<std::string>;
  BlockedEvals blocked;
};

TEST_F(BlockedEvalsTest, RoomOnAnEligibleClassUnblocks) {
  blocked.block(make_eval(1, 10, {{"small", false}, {"big", true}}));
  blocked.note_room("small", 11);
  EXPECT_EQ(freed(), Jobs());
  EXPECT_EQ(blocked.count(), 1u);
  blocked.note_room("big", 12);
  EXPECT_EQ(freed(), Jobs{"job1"});
  EXPECT_EQ(blocked.count(), 0u);
  blocked.note_room("big", 13);
  EXPECT_EQ(freed(), Jobs());
}

TEST_F(BlockedEvalsTest, AClassThatWasNotSeenUnblocks) {
  blocked.block(make_eval(1, 10, {{"small", false}}));
  blocked.note_room("new", 11);
  EXPECT_EQ(freed(), Jobs{"job1"});
}

TEST_F(BlockedEvalsTest, WhenTheClassDoesNotTellEveryRoomUnblocks) {
  blocked.block(make_eval(1, 10, {{"small", false}}, true));
  blocked.note_room("small", 11);
  EXPECT_EQ(freed(), Jobs{"job1"});
}

TEST_F(BlockedEvalsTest, RoomMadeSinceTheDecisionIsNotMissed) {
  blocked.note_room("big", 20);
  blocked.block(make_eval(1, 19, {{"big", true}}));
  blocked.block(make_eval(2, 20, {{"big", true}}));
  blocked.block(make_eval(3, 19, {{"big", false}}));
  EXPECT_EQ(freed(), Jobs{"job1"});
  EXPECT_EQ(blocked.count(), 2u);
}

TEST_F(BlockedEvalsTest, AnOlderIndexDoesNotTakeBackANewerOne) {
  blocked.note_room("big", 20);
  blocked.note_room("big", 15);
  blocked.block(make_eval(1, 18, {{"big", true}}));
  EXPECT_EQ(freed(), Jobs{"job1"});
}

TEST_F(BlockedEvalsTest, UnblocksOnlyThoseConcerned) {
  blocked.block(make_eval(1, 10, {{"a", true}, {"b", false}}));
  blocked.block(make_eval(2, 10, {{"a", false}, {"b", true}}));
  blocked.note_room("b", 11);
  EXPECT_EQ(freed(), Jobs{"job2"});
  EXPECT_EQ(blocked.count(), 1u);
}

TEST_F(BlockedEvalsTest, ForgetsWhatIsRemoved) {
  const auto eval = make_eval(1, 10, {});
  blocked.block(eval);
  blocked.remove(eval->id);
  blocked.note_room("any", 11);
  EXPECT_EQ(freed(), Jobs());
}

TEST_F(BlockedEvalsTest, PlansThatCollidedAreTriedAgainWithoutRoom) {
  blocked.block(make_eval(1, 10, {{"a", true}}));
  blocked.block(make_eval(2, 10, {{"a", true}}, false, model::trigger::kMaxPlanAttempts));
  blocked.note_retry();
  EXPECT_EQ(freed(), Jobs{"job2"});
  EXPECT_FALSE(blocked.has_more());
}

// cases.md 33
TEST_F(BlockedEvalsTest, AHundredThousandComeBackInTurnWithBoundedWork) {
  constexpr uint64_t kMany = 100'000;
  for (uint64_t n = 0; n < kMany; ++n) blocked.block(make_eval(n + 1, 10, {{"big", true}}));
  blocked.note_room("big", 11);
  size_t steps = 0;
  size_t came_back = 0;
  for (; blocked.has_more(); ++steps) {
    const auto step = blocked.take(64);
    EXPECT_LE(step.size(), 64u);
    came_back += step.size();
    if (came_back < 640) continue;
    // They are no better off than before, and wait for the next room; the others still have their turn.
    for (const auto& eval : step) {
      model::Evaluation again = *eval;
      again.snapshot_index = 11;
      blocked.block(std::make_shared<const model::Evaluation>(again));
    }
  }
  EXPECT_GE(came_back, kMany);
  EXPECT_LT(steps, 2 * kMany / 64);
}

}  // namespace
}  // namespace drover::server
