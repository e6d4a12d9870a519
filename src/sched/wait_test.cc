// Waits and follow-ups while somebody sets the clock.

#include "sched/wait.h"
#include "sched/test_support.h"

#include <algorithm>

namespace drover::sched {
namespace {

using model::ClientStatus;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Names = std::vector<std::string>;

constexpr WallTime kStart{2'000'000'000'000'000'000};
constexpr Duration kYears = hours(24 * 365 * 12);

class WaitTest : public ::testing::Test {
 protected:
  WaitTest() {
    cluster.add(make_node("a"));
    cluster.add(make_job("web").count(2));
    cluster.run("web", kStart);
  }

  // Its follow-ups are stored with the plan.
  Decision run(WallTime at) {
    Decision decision = cluster.run("web", at);
    if (!decision.follow_ups.empty()) cluster.must(state::UpsertEvals{.evals = decision.follow_ups, .time = at});
    return decision;
  }
  // The stored evaluation is worked on.
  Decision work(const model::EvalId& id, WallTime at) {
    const auto eval = cluster.now().eval(id);
    return schedule(
        {.snapshot = cluster.now(), .eval = *eval, .job = cluster.now().job(eval->job_key()), .now = at, .seed = 1});
  }

  TestCluster cluster;
};

TEST_F(WaitTest, LastsNoLongerThanItsDelayFromNowOn) {
  cluster.report("web.g[0]", ClientStatus::Failed, kStart + kYears);
  const Decision decision = run(kStart);
  ASSERT_EQ(decision.follow_ups.size(), 1u);
  EXPECT_EQ(decision.follow_ups[0].wait_until, kStart + seconds(30));
}

TEST_F(WaitTest, IsOverWhenTheEvaluationThatItWaitsForIsWorkedOn) {
  cluster.report("web.g[0]", ClientStatus::Failed, kStart);
  const Decision decision = run(kStart);
  ASSERT_EQ(decision.follow_ups.size(), 1u);
  EXPECT_EQ(names_of(work(decision.follow_ups[0].id, kStart + -kYears).plan), Names{"web.g[0]"});
}

TEST_F(WaitTest, WhatWaitsAlreadyIsNotAskedForAgainAfterTheClockWasSet) {
  cluster.report("web.g[0]", ClientStatus::Failed, kStart);
  run(kStart);
  const Decision again = run(kStart + -kYears);
  EXPECT_TRUE(again.follow_ups.empty());
  EXPECT_TRUE(again.plan.is_no_op());
}

TEST_F(WaitTest, AnEvaluationOfAnEarlierClockIsNotWaitedForByOthers) {
  cluster.report("web.g[0]", ClientStatus::Failed, kStart);
  const Decision first = run(kStart);
  for (const WallTime now : {kStart + -kYears, kStart + kYears}) {
    cluster.report("web.g[1]", ClientStatus::Failed, now);
    const Decision second = cluster.decide("web", 1, now);
    ASSERT_EQ(second.follow_ups.size(), 1u);
    EXPECT_EQ(second.follow_ups[0].wait_until, now + seconds(30));
    EXPECT_NE(second.follow_ups[0].id, first.follow_ups[0].id);
  }
}

TEST_F(WaitTest, WhatANodeWithAnOldClockReportsIsNotReplacedInAHurry) {
  cluster.report("web.g[0]", ClientStatus::Failed, kStart + -kYears);
  const Decision decision = run(kStart + seconds(1));
  EXPECT_TRUE(decision.plan.placements.empty());
  ASSERT_EQ(decision.follow_ups.size(), 1u);
  EXPECT_EQ(decision.follow_ups[0].wait_until, kStart + seconds(30));
}

// An evaluation made for an earlier disconnection does not end a later one.
TEST_F(WaitTest, AnEvaluationMadeBeforeItBeganDoesNotEndIt) {
  model::Job job = make_job("lone").build();
  job.task_groups[0].disconnect = model::DisconnectStrategy{.lost_after = minutes(10), .replace = false};
  cluster.add(job);
  cluster.run("lone", kStart);
  cluster.report("lone.g[0]", ClientStatus::Running);
  const auto cut_off = [&](WallTime at) {
    const auto set = [&](model::NodeStatus status) {
      cluster.must(state::UpdateNodeStatus{.node_id = node_id("a"), .status = status, .time = at});
    };
    set(model::NodeStatus::Ready);
    set(model::NodeStatus::Disconnected);
    Decision decision = cluster.run("lone", at);
    cluster.must(state::UpsertEvals{.evals = decision.follow_ups, .time = at});
    return decision;
  };
  const Decision first = cut_off(kStart);
  ASSERT_EQ(first.follow_ups.size(), 1u);
  cut_off(kStart + minutes(5));
  const Decision early = work(first.follow_ups[0].id, kStart + minutes(10));
  EXPECT_TRUE(std::ranges::none_of(
      early.plan.stops, [](const model::PlannedStop& stop) { return stop.client_status == ClientStatus::Lost; }));
  ASSERT_EQ(early.follow_ups.size(), 1u);
  EXPECT_EQ(early.follow_ups[0].wait_until, kStart + minutes(15));
}

}  // namespace
}  // namespace drover::sched
