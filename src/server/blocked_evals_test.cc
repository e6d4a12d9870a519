#include "server/blocked_evals.h"

#include <gtest/gtest.h>

namespace drover::server {
namespace {

BlockedEvals::EvalRow make_eval(uint64_t n, uint64_t snapshot_index, std::map<std::string, bool> eligibility,
                                bool escaped = false) {
  model::Evaluation eval{.id = model::EvalId(Uuid{.hi = 1, .lo = n}), .job_id = "job" + std::to_string(n)};
  eval.status = model::EvalStatus::Blocked;
  eval.snapshot_index = snapshot_index;
  eval.class_eligibility = std::move(eligibility);
  eval.escaped_computed_class = escaped;
  return std::make_shared<const model::Evaluation>(eval);
}

TEST(BlockedEvals, RoomOnAnEligibleClassUnblocks) {
  BlockedEvals blocked;
  EXPECT_FALSE(blocked.block(make_eval(1, 10, {{"small", false}, {"big", true}})));
  EXPECT_TRUE(blocked.unblock("small", 11).empty());
  EXPECT_EQ(blocked.count(), 1u);
  EXPECT_EQ(blocked.unblock("big", 12).size(), 1u);
  EXPECT_EQ(blocked.count(), 0u);
  EXPECT_TRUE(blocked.unblock("big", 13).empty());
}

TEST(BlockedEvals, AClassThatWasNotSeenUnblocks) {
  BlockedEvals blocked;
  EXPECT_FALSE(blocked.block(make_eval(1, 10, {{"small", false}})));
  EXPECT_EQ(blocked.unblock("new", 11).size(), 1u);
}

TEST(BlockedEvals, WhenTheClassDoesNotTellEveryRoomUnblocks) {
  BlockedEvals blocked;
  EXPECT_FALSE(blocked.block(make_eval(1, 10, {{"small", false}}, true)));
  EXPECT_EQ(blocked.unblock("small", 11).size(), 1u);
}

TEST(BlockedEvals, RoomMadeSinceTheDecisionIsNotMissed) {
  BlockedEvals blocked;
  EXPECT_TRUE(blocked.unblock("big", 20).empty());
  EXPECT_TRUE(blocked.block(make_eval(1, 19, {{"big", true}})));
  EXPECT_FALSE(blocked.block(make_eval(2, 20, {{"big", true}})));
  EXPECT_FALSE(blocked.block(make_eval(3, 19, {{"big", false}})));
  EXPECT_EQ(blocked.count(), 2u);
}

TEST(BlockedEvals, AnOlderIndexDoesNotTakeBackANewerOne) {
  BlockedEvals blocked;
  EXPECT_TRUE(blocked.unblock("big", 20).empty());
  EXPECT_TRUE(blocked.unblock("big", 15).empty());
  EXPECT_TRUE(blocked.block(make_eval(1, 18, {{"big", true}})));
}

TEST(BlockedEvals, UnblocksOnlyThoseConcerned) {
  BlockedEvals blocked;
  EXPECT_FALSE(blocked.block(make_eval(1, 10, {{"a", true}, {"b", false}})));
  EXPECT_FALSE(blocked.block(make_eval(2, 10, {{"a", false}, {"b", true}})));
  const auto freed = blocked.unblock("b", 11);
  ASSERT_EQ(freed.size(), 1u);
  EXPECT_EQ(freed[0]->job_id, "job2");
  EXPECT_EQ(blocked.count(), 1u);
}

TEST(BlockedEvals, ForgetsWhatIsRemoved) {
  BlockedEvals blocked;
  const auto eval = make_eval(1, 10, {});
  EXPECT_FALSE(blocked.block(eval));
  blocked.remove(eval->id);
  EXPECT_TRUE(blocked.unblock("any", 11).empty());
}

}  // namespace
}  // namespace drover::server
