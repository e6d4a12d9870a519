#include "server/eval_outcome.h"

#include <gtest/gtest.h>

namespace drover::server {
namespace {

using model::EvalStatus;
using model::Evaluation;

class EvalOutcomeTest : public ::testing::Test {
 protected:
  EvalOutcomeTest() {
    eval.id = model::EvalId(Uuid{.hi = 1, .lo = 1});
    eval.job_id = "web";
    eval.priority = 70;
    eval.job_modify_index = 5;
  }

  std::vector<Evaluation> outcome(bool exhausted = false) {
    return eval_outcome({eval, snapshot, decision, exhausted}, random);
  }
  void fail_placements() {
    decision.failed["g"] = {.nodes_evaluated = 3};
    decision.queued["g"] = 2;
    decision.class_eligibility = {{"small", false}};
    decision.escaped_computed_class = true;
  }

  Evaluation eval;
  state::Snapshot snapshot;
  sched::Decision decision;
  SeededRandom random{1};
};

TEST_F(EvalOutcomeTest, WhenEverythingWasPlacedTheEvaluationIsComplete) {
  const auto out = outcome();
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].id, eval.id);
  EXPECT_EQ(out[0].status, EvalStatus::Complete);
  EXPECT_TRUE(out[0].blocked_eval.empty());
}

TEST_F(EvalOutcomeTest, WhatWasNotPlacedGoesToABlockedEvaluation) {
  fail_placements();
  const auto out = outcome();
  ASSERT_EQ(out.size(), 2u);
  const Evaluation& blocked = out[0];
  const Evaluation& done = out[1];
  EXPECT_EQ(done.status, EvalStatus::Complete);
  EXPECT_EQ(done.blocked_eval, blocked.id);
  EXPECT_EQ(done.queued_allocations.at("g"), 2);
  EXPECT_EQ(done.failed_tg_allocs.at("g").nodes_evaluated, 3);
  EXPECT_EQ(blocked.status, EvalStatus::Blocked);
  EXPECT_EQ(blocked.previous_eval, eval.id);
  EXPECT_EQ(blocked.triggered_by, model::trigger::kQueuedAllocs);
  EXPECT_EQ(blocked.status_description, "created to place remaining allocations");
  EXPECT_EQ(blocked.priority, 70);
  EXPECT_EQ(blocked.job_id, "web");
  EXPECT_EQ(blocked.job_modify_index, 5u);
  EXPECT_EQ(blocked.class_eligibility, decision.class_eligibility);
  EXPECT_TRUE(blocked.escaped_computed_class);
}

TEST_F(EvalOutcomeTest, ABlockedEvaluationThatIsNotDoneBlocksAgainItself) {
  eval.status = EvalStatus::Blocked;
  eval.class_eligibility = {{"old", true}};
  fail_placements();
  const auto out = outcome();
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].id, eval.id);
  EXPECT_EQ(out[0].status, EvalStatus::Blocked);
  EXPECT_EQ(out[0].class_eligibility, decision.class_eligibility);
}

TEST_F(EvalOutcomeTest, ABlockedEvaluationThatPlacedTheRestIsComplete) {
  eval.status = EvalStatus::Blocked;
  const auto out = outcome();
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].status, EvalStatus::Complete);
  EXPECT_EQ(out[0].status_description, "");
}

TEST_F(EvalOutcomeTest, AfterTooManyCollisionsItHasFailedAndABlockedOneGoesOn) {
  for (const auto status : {EvalStatus::Pending, EvalStatus::Blocked}) {
    eval.status = status;
    const auto out = outcome(true);
    ASSERT_EQ(out.size(), 2u);
    EXPECT_EQ(out[0].status, EvalStatus::Blocked);
    EXPECT_EQ(out[0].triggered_by, model::trigger::kMaxPlanAttempts);
    EXPECT_EQ(out[1].status, EvalStatus::Failed);
    EXPECT_EQ(out[1].status_description, "maximum attempts reached (5)");
  }
}

TEST_F(EvalOutcomeTest, FollowUpsAreWrittenWithIt) {
  Evaluation later;
  later.id = model::EvalId(Uuid{.hi = 9, .lo = 9});
  decision.follow_ups.push_back(later);
  const auto out = outcome();
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out[0].id, later.id);
}

}  // namespace
}  // namespace drover::server
