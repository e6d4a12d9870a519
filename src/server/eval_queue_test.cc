#include "server/eval_queue.h"

#include "server/eval_work.h"
#include "state/test_cluster.h"

namespace drover::server {
namespace {

using namespace state::testing;
using model::EvalStatus;

class EvalQueueTest : public ::testing::Test {
 protected:
  void write(uint64_t n, const std::string& job, EvalStatus status = EvalStatus::Pending) {
    model::Evaluation eval = make_eval(n, job);
    eval.status = status;
    eval.triggered_by = model::trigger::kNodeUpdate;
    cluster.must(state::UpsertEvals{.evals = {eval}, .time = now.wall});
    note();
  }
  void note() {
    const auto after = std::make_shared<const state::Snapshot>(cluster.now());
    queue.note(changes_between(*seen, after), now);
    seen = after;
  }
  uint64_t next() {
    const auto eval = queue.next(now);
    if (!eval) return 0;
    last = *eval;
    return last->id.value.lo;
  }
  // What next() gave is worked on, its end durable.
  void complete() {
    model::Evaluation done = *last;
    done.status = EvalStatus::Complete;
    cluster.must(state::UpsertEvals{.evals = {done}, .time = now.wall});
    note();
    queue.finished(last, WorkResult::Done, now);
  }
  void pass(Duration time) { now = {now.wall + time, now.mono + time}; }

  state::testing::TestCluster cluster;
  SeededRandom ids{1};
  EvalQueue queue{ids};
  std::shared_ptr<const state::Snapshot> seen = std::make_shared<state::Snapshot>();
  Moment now{WallTime{1'000'000'000}, MonoTime{1}};
  EvalQueue::EvalRow last;
};

TEST_F(EvalQueueTest, WhatIsBlockedComesBackWhenANodeJoins) {
  write(1, "web", EvalStatus::Blocked);
  EXPECT_EQ(next(), 0u);
  cluster.add_ready_node(1);
  note();
  EXPECT_EQ(next(), 1u);
  queue.finished(last, WorkResult::Done, now);
  EXPECT_EQ(queue.counts().outstanding, 0u);
}

TEST_F(EvalQueueTest, RestsWhileTheBrokerIsPaused) {
  write(1, "web");
  cluster.must(state::SetSchedulerConfig{.config = {.pause_eval_broker = true}});
  note();
  EXPECT_EQ(next(), 0u);
  cluster.must(state::SetSchedulerConfig{});
  note();
  EXPECT_EQ(next(), 1u);
}

// facts 5.2
TEST_F(EvalQueueTest, WhatFailsThreeTimesEndsAndTheJobIsLookedAtLater) {
  write(1, "web");
  for (const auto rest : {1, 20}) {
    EXPECT_EQ(next(), 1u);
    queue.finished(last, WorkResult::Failed, now);
    EXPECT_EQ(next(), 0u);
    pass(std::chrono::seconds(rest));
  }
  EXPECT_EQ(next(), 1u);
  queue.finished(last, WorkResult::Failed, now);
  const auto written = queue.take_changes(now);
  ASSERT_EQ(written.size(), 2u);
  EXPECT_EQ(written[0].triggered_by, model::trigger::kFailedFollowUp);
  EXPECT_GE(written[0].wait_until, now.wall + std::chrono::minutes(1));
  EXPECT_LE(written[0].wait_until, now.wall + std::chrono::minutes(6));
  EXPECT_EQ(written[1].status, EvalStatus::Failed);
  EXPECT_EQ(written[1].status_description, "evaluation reached delivery limit (3)");
  EXPECT_EQ(written[1].next_eval, written[0].id);
}

TEST_F(EvalQueueTest, AFullDiskDoesNotCountAgainstAnEvaluation) {
  write(1, "web");
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(next(), 1u);
    queue.finished(last, WorkResult::TryAgain, now);
    pass(std::chrono::seconds(1));
  }
  EXPECT_TRUE(queue.take_changes(now).empty());
}

TEST_F(EvalQueueTest, SuperfluousEvaluationsAreCancelled) {
  for (uint64_t n = 1; n <= 4; ++n) write(n, "web");
  const auto written = queue.take_changes(now);
  ASSERT_EQ(written.size(), 2u);
  EXPECT_EQ(written[0].status, EvalStatus::Cancelled);
}

TEST_F(EvalQueueTest, WhatCouldNotBeCancelledIsStillWorkedOn) {
  write(1, "web");
  ASSERT_EQ(next(), 1u);
  write(2, "web");
  write(3, "web");
  const auto changes = queue.take_changes(now);
  ASSERT_EQ(changes.size(), 1u);
  queue.not_written({changes[0].id}, now);  // the disk was full
  complete();
  ASSERT_EQ(next(), 2u);
  complete();
  EXPECT_EQ(next(), 0u);
  pass(std::chrono::seconds(1));
  EXPECT_EQ(next(), 3u);
}

// cases.md 24: a server that starts after the clock was set back waits no longer than was meant.
TEST_F(EvalQueueTest, AClockSetBackMakesNoWaitLonger) {
  model::Evaluation eval = make_eval(1, "web");
  const WallTime ahead = now.wall + std::chrono::hours(24 * 365);
  eval.wait_until = ahead + std::chrono::minutes(1);
  cluster.must(state::UpsertEvals{.evals = {eval}, .time = ahead});
  note();
  EXPECT_EQ(next(), 0u);
  pass(std::chrono::minutes(1));
  EXPECT_EQ(next(), 1u);
}

// cases.md 32
TEST_F(EvalQueueTest, AnEvaluationThatTakesForeverHoldsUpNobodyElse) {
  write(1, "spread");
  ASSERT_EQ(next(), 1u);  // and is never finished
  write(2, "spread");
  for (uint64_t n = 3; n < 100; ++n) write(n, "job" + std::to_string(n));
  for (uint64_t n = 3; n < 100; ++n) {
    ASSERT_EQ(next(), n);
    complete();
  }
  EXPECT_EQ(next(), 0u) << "the job's next evaluation waits for its first";
  EXPECT_EQ(queue.counts().outstanding, 1u);
}

// cases.md 33: room for all of many blocked evaluations brings back a few at a time, and what is new comes between.
TEST_F(EvalQueueTest, AnUnblockStormLeavesRoomForOthers) {
  constexpr uint64_t kBlocked = 1000;
  for (uint64_t n = 1; n <= kBlocked; ++n) write(n, "blocked" + std::to_string(n), EvalStatus::Blocked);
  cluster.add_ready_node(1);
  note();
  uint64_t came_back = 0;
  for (uint64_t n = 1; n <= 20; ++n) {
    write(kBlocked + n, "new" + std::to_string(n));
    size_t between = 0;
    for (uint64_t found = next(); found != kBlocked + n; found = next(), ++between) {
      ASSERT_NE(found, 0u);
      complete();
    }
    complete();
    came_back += between;
    EXPECT_LE(between, 64u);
    EXPECT_LE(queue.counts().ready, 64u);
  }
  EXPECT_GT(came_back, 0u);
  for (uint64_t found = next(); found != 0 || queue.has_more(); found = next()) {
    if (found != 0) complete();
  }
  EXPECT_EQ(queue.counts().blocked, 0u);
  EXPECT_EQ(queue.counts().outstanding, 0u);
}

// cases.md 33: however often a job is looked at in vain, one evaluation of it waits.
TEST_F(EvalQueueTest, BlockedEvaluationsAreCoalescedByJob) {
  for (uint64_t n = 1; n <= 300; ++n) write(n, "web" + std::to_string(n % 3), EvalStatus::Blocked);
  EXPECT_EQ(queue.counts().blocked, 3u);
}

class EvalWorkTest : public ::testing::Test {
 protected:
  EvalWorkTest() {
    cluster.add_ready_node(1);
    model::Job job = make_job("web");
    job.task_groups[0].tasks[0].driver = "";
    cluster.must(state::RegisterJob{.job = job, .eval = make_eval(1, "web")});
    work.eval = cluster.now().eval(eval_id(1));
  }
  state::testing::TestCluster cluster;
  SeededRandom ids{1};
  EvalWork work;
};

// cases.md 30
TEST_F(EvalWorkTest, AnEvaluationThatIsDeliveredTwiceIsWorkedOnOnce) {
  const auto first = plan_work(work, cluster.now(), {}, ids);
  const auto second = plan_work(work, cluster.now(), {}, ids);
  EXPECT_EQ(first.name(), "apply-work");
  ASSERT_TRUE(cluster.apply(first));
  EXPECT_TRUE(cluster.now().eval(eval_id(1))->terminal());
  const auto refused = cluster.apply(second);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refusal_of(refused.error()), Refusal::Outdated);
}

TEST_F(EvalWorkTest, AJobThatAwaitsItsDefinitionIsNotPlaced) {
  model::Job job = make_confidential_job("secret");
  cluster.must(state::RegisterJob{.job = job, .eval = make_eval(7, "secret")});
  const EvalWork held{.eval = cluster.now().eval(eval_id(7))};
  ASSERT_TRUE(cluster.apply(plan_work(held, cluster.now(), {}, ids)));
  EXPECT_EQ(cluster.now().eval(eval_id(7))->status, EvalStatus::Complete);
  EXPECT_EQ(cluster.now().job({"default", "secret"})->status, model::JobStatus::Pending);
}

TEST_F(EvalWorkTest, PlansAgainUntilItMakesNoProgress) {
  EXPECT_FALSE(must_plan_again(work, {}));
  EXPECT_TRUE(must_plan_again(work, {.refresh_index = 5}));
  EXPECT_EQ(work.attempts, 1);
  EXPECT_TRUE(must_plan_again(work, {.placed = {alloc_id(1)}, .refresh_index = 5}));
  EXPECT_EQ(work.attempts, 0);
  EXPECT_FALSE(must_plan_alone(work));
  work.attempts = 4;
  EXPECT_TRUE(must_plan_alone(work));
  work.attempts = 5;
  EXPECT_FALSE(must_plan_alone(work));
  const auto command = plan_work(work, cluster.now(), {}, ids);
  EXPECT_EQ(command.name(), "upsert-evals");
  ASSERT_TRUE(cluster.apply(command));
  EXPECT_EQ(cluster.now().eval(eval_id(1))->status, EvalStatus::Failed);
}

}  // namespace
}  // namespace drover::server
