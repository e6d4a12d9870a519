#include "server/eval_broker.h"

#include <gtest/gtest.h>

namespace drover::server {
namespace {

constexpr Moment kNow{.wall = WallTime{1'000}, .mono = MonoTime{1'000}};

Moment at(int64_t nanos) {
  return {.wall = WallTime{nanos}, .mono = MonoTime{nanos}};
}

EvalBroker::EvalRow make_eval(uint64_t n, const std::string& job, int32_t priority = 50, WallTime wait_until = {}) {
  model::Evaluation eval{.id = model::EvalId(Uuid{.hi = 1, .lo = n}), .priority = priority, .job_id = job};
  eval.create_index = n;
  eval.wait_until = wait_until;
  return std::make_shared<const model::Evaluation>(eval);
}

class EvalBrokerTest : public ::testing::Test {
 protected:
  // The job of the next evaluation, "" if there is none.
  std::string next(Moment now = kNow) {
    const auto eval = broker.dequeue(now);
    if (!eval) return "";
    last = (*eval)->id;
    return (*eval)->job_id;
  }

  EvalBroker broker;
  model::EvalId last;
};

TEST_F(EvalBrokerTest, GivesTheHighestPriorityFirstThenTheOldest) {
  broker.enqueue(make_eval(3, "c"), kNow);
  broker.enqueue(make_eval(2, "b"), kNow);
  broker.enqueue(make_eval(4, "urgent", 90), kNow);
  broker.enqueue(make_eval(1, "idle", 10), kNow);
  EXPECT_EQ(broker.ready_count(), 4u);
  EXPECT_EQ(next(), "urgent");
  EXPECT_EQ(next(), "b");
  EXPECT_EQ(next(), "c");
  EXPECT_EQ(next(), "idle");
  EXPECT_EQ(next(), "");
  EXPECT_EQ(broker.outstanding_count(), 4u);
}

TEST_F(EvalBrokerTest, WorksOnOneEvaluationOfAJobAtATime) {
  broker.enqueue(make_eval(1, "web"), kNow);
  broker.enqueue(make_eval(2, "web", 90), kNow);
  EXPECT_EQ(broker.waiting_count(), 1u);
  EXPECT_EQ(next(), "web");
  EXPECT_EQ(next(), "");
  broker.done(last);
  EXPECT_EQ(next(), "web");
  EXPECT_EQ(last, make_eval(2, "web")->id);
  EXPECT_EQ(broker.waiting_count(), 0u);
}

TEST_F(EvalBrokerTest, JobsOfDifferentNamespacesAreDifferentJobs) {
  model::Evaluation other = *make_eval(2, "web");
  other.ns = "other";
  broker.enqueue(make_eval(1, "web"), kNow);
  broker.enqueue(std::make_shared<const model::Evaluation>(other), kNow);
  EXPECT_EQ(broker.ready_count(), 2u);
}

TEST_F(EvalBrokerTest, HoldsBackWhatWaitsForATime) {
  broker.enqueue(make_eval(1, "later", 50, WallTime{2'000}), kNow);
  broker.enqueue(make_eval(2, "sooner", 50, WallTime{1'500}), kNow);
  EXPECT_EQ(next(), "");
  EXPECT_EQ(broker.next_due(), MonoTime{1'500});
  EXPECT_EQ(next(at(1'500)), "sooner");
  EXPECT_EQ(broker.next_due(), MonoTime{2'000});
  EXPECT_EQ(next(at(1'999)), "");
  EXPECT_EQ(next(at(2'000)), "later");
  EXPECT_FALSE(broker.next_due());
}

TEST_F(EvalBrokerTest, ADelayedEvaluationDoesNotHoldItsJob) {
  broker.enqueue(make_eval(1, "web", 50, WallTime{2'000}), kNow);
  broker.enqueue(make_eval(2, "web"), kNow);
  EXPECT_EQ(next(), "web");
  EXPECT_EQ(last, make_eval(2, "web")->id);
}

TEST_F(EvalBrokerTest, ADueEvaluationWaitsForItsJobToBeFree) {
  broker.enqueue(make_eval(1, "web", 50, WallTime{2'000}), kNow);
  broker.enqueue(make_eval(2, "web"), kNow);
  EXPECT_EQ(next(), "web");
  const model::EvalId first = last;
  EXPECT_EQ(next(at(3'000)), "");
  EXPECT_FALSE(broker.next_due());
  broker.done(first);
  EXPECT_EQ(next(at(3'000)), "web");
}

TEST_F(EvalBrokerTest, TheNewerRowReplacesTheOlder) {
  broker.enqueue(make_eval(1, "web", 10), kNow);
  broker.enqueue(make_eval(2, "db", 50), kNow);
  broker.enqueue(make_eval(1, "web", 90), kNow);
  EXPECT_EQ(broker.ready_count(), 2u);
  EXPECT_EQ(next(), "web");
}

TEST_F(EvalBrokerTest, ForgetsWhatIsRemovedAndLetsTheNextOfTheJobThrough) {
  broker.enqueue(make_eval(1, "web"), kNow);
  broker.enqueue(make_eval(2, "web"), kNow);
  broker.enqueue(make_eval(3, "web", 50, WallTime{2'000}), kNow);
  broker.remove(make_eval(1, "web")->id);
  broker.remove(make_eval(3, "web")->id);
  EXPECT_EQ(broker.waiting_count(), 0u);
  EXPECT_EQ(next(at(9'000)), "web");
  EXPECT_EQ(last, make_eval(2, "web")->id);
  broker.done(last);
  EXPECT_EQ(next(at(9'000)), "");
}

TEST_F(EvalBrokerTest, RemovingWhatIsHeldLeavesTheRest) {
  broker.enqueue(make_eval(1, "web"), kNow);
  broker.enqueue(make_eval(2, "web"), kNow);
  broker.remove(make_eval(2, "web")->id);
  EXPECT_EQ(next(), "web");
  broker.done(last);
  EXPECT_EQ(next(), "");
  EXPECT_EQ(broker.waiting_count(), 0u);
}

TEST_F(EvalBrokerTest, WhatIsEnqueuedWhileWorkedOnComesAgainAfterwards) {
  broker.enqueue(make_eval(1, "web"), kNow);
  EXPECT_EQ(next(), "web");
  broker.enqueue(make_eval(1, "web"), kNow);
  EXPECT_EQ(next(), "");
  broker.done(last);
  EXPECT_EQ(next(), "web");
  broker.done(last);
  EXPECT_EQ(next(), "");
}

TEST_F(EvalBrokerTest, DoneWithAnUnknownEvaluationDoesNothing) {
  broker.enqueue(make_eval(1, "web"), kNow);
  broker.done(make_eval(7, "web")->id);
  EXPECT_EQ(next(), "web");
}

TEST_F(EvalBrokerTest, WhatWasBlockedComesAfterWhatIsReadyForLonger) {
  broker.enqueue(make_eval(1, "blocked for long"), kNow, 20);
  broker.enqueue(make_eval(15, "new"), kNow);
  broker.enqueue(make_eval(25, "newer"), kNow);
  EXPECT_EQ(next(), "new");
  EXPECT_EQ(next(), "blocked for long");
  EXPECT_EQ(next(), "newer");
}

// cases.md 24
TEST_F(EvalBrokerTest, AWaitIsNoLongerOrShorterIfSomebodySetsTheClock) {
  broker.enqueue(make_eval(1, "web", 50, WallTime{2'000}), kNow);
  const Moment clock_set_forward{.wall = WallTime{9'000'000}, .mono = MonoTime{1'500}};
  EXPECT_EQ(next(clock_set_forward), "");
  const Moment clock_set_back{.wall = WallTime{10}, .mono = MonoTime{2'000}};
  EXPECT_EQ(next(clock_set_back), "web");
}

TEST_F(EvalBrokerTest, WhatFailedRestsForItsDelay) {
  broker.enqueue_later(make_eval(1, "web"), kNow, Duration(500));
  EXPECT_EQ(next(at(1'400)), "");
  EXPECT_EQ(next(at(1'500)), "web");
}

// cases.md 49
TEST_F(EvalBrokerTest, OneOfThoseThatWaitForTheirJobIsEnough) {
  for (uint64_t n = 1; n <= 5; ++n) broker.enqueue(make_eval(n, "crashing"), kNow);
  model::Evaluation asked_for = *make_eval(6, "crashing");
  asked_for.triggered_by = model::trigger::kJobRegister;
  broker.enqueue(std::make_shared<const model::Evaluation>(asked_for), kNow);
  const auto superfluous = broker.take_superfluous();
  ASSERT_EQ(superfluous.size(), 3u);
  EXPECT_EQ(superfluous.front()->id, make_eval(3, "crashing")->id);
  EXPECT_EQ(broker.waiting_count(), 2u);
  EXPECT_TRUE(broker.take_superfluous().empty());
}

// However late it comes: the clock may have been set since, so that no other one knows that its time has come.
TEST_F(EvalBrokerTest, WhatAllocationsWaitForIsNotSuperfluous) {
  for (uint64_t n = 1; n <= 3; ++n) broker.enqueue(make_eval(n, "crashing"), kNow);
  broker.enqueue(make_eval(4, "crashing", 50, WallTime{1}), kNow);
  const auto superfluous = broker.take_superfluous();
  ASSERT_EQ(superfluous.size(), 1u);
  EXPECT_EQ(superfluous.front()->id, make_eval(3, "crashing")->id);
}

}  // namespace
}  // namespace drover::server
