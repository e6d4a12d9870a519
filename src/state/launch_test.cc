#include "state/test_cluster.h"

namespace drover::state::testing {
namespace {

const model::JobKey kCron{"default", "cron"};
const model::JobKey kWeb{"default", "web"};

model::Job child(const std::string& id) {
  model::Job job = make_job(id);
  job.type = model::JobType::Batch;
  job.parent_id = "cron";
  return job;
}

LaunchPeriodic launch(int64_t at, const std::string& id) {
  return {.ns = "default", .job_id = "cron", .launch = {at}, .child = child(id), .eval = make_eval(1, id)};
}

TEST(LaunchPeriodic, CreatesAChildOnceForEachTime) {
  TestCluster cluster;
  model::Job job = make_job("cron");
  job.type = model::JobType::Batch;
  job.periodic = model::Periodic{.spec = "@daily"};
  EXPECT_EQ(cluster.apply(launch(5, "cron/periodic-5")).error().code(), ErrorCode::NotFound);
  cluster.must(RegisterJob{.job = job});
  cluster.must(launch(5, "cron/periodic-5"));
  EXPECT_EQ(cluster.now().periodic_launch(kCron)->launch, WallTime{5});
  EXPECT_EQ(cluster.now().children_of(kCron).size(), 1u);
  EXPECT_EQ(cluster.now().summary(kCron)->children.pending, 1);

  const uint64_t index = cluster.now().index();
  cluster.must(launch(5, "cron/periodic-again"));
  EXPECT_EQ(cluster.now().index(), index);
  LaunchPeriodic skipped = launch(6, "");
  skipped.child.reset();
  skipped.eval.reset();
  cluster.must(skipped);
  EXPECT_EQ(cluster.now().children_of(kCron).size(), 1u);

  cluster.must(DeregisterJob{.ns = "default", .job_id = "cron", .purge = true});
  EXPECT_FALSE(cluster.now().periodic_launch(kCron));
  EXPECT_TRUE(cluster.now().job({"default", "cron/periodic-5"})) << "children live on";
}

// cases.md 24, 25
TEST(LaunchPeriodic, WhatAClockThatRanAheadHasNotedDoesNotCount) {
  constexpr int64_t kHour = 3'600'000'000'000;
  TestCluster cluster;
  model::Job job = make_job("cron");
  job.type = model::JobType::Batch;
  job.periodic = model::Periodic{.spec = "@daily"};
  cluster.must(RegisterJob{.job = job});
  cluster.must(launch(100 * kHour, "cron/ahead"));
  LaunchPeriodic back = launch(10 * kHour, "cron/back");
  back.time = {80 * kHour};
  cluster.must(back);
  EXPECT_FALSE(cluster.now().job({"default", "cron/back"})) << "the clock was set back by less than a day";
  back.time = {11 * kHour};
  back.eval = make_eval(2, "cron/back");
  cluster.must(back);
  EXPECT_TRUE(cluster.now().job({"default", "cron/back"}));
  EXPECT_EQ(cluster.now().periodic_launch(kCron)->launch, WallTime{10 * kHour});
}

// cases.md 27
TEST(RegisterJob, ADispatchTokenMakesOneChildOfEachParent) {
  TestCluster cluster;
  const auto dispatched = [](const std::string& id, const std::string& parent, uint64_t eval) {
    model::Job job = make_job(id);
    job.parent_id = parent;
    job.dispatched = true;
    job.dispatch_token = "order 17";
    return RegisterJob{.job = job, .eval = make_eval(eval, id)};
  };
  EXPECT_EQ(cluster.must(dispatched("cron/a", "cron", 1)).job_id, "cron/a");
  const uint64_t index = cluster.now().index();
  const Reply again = cluster.must(dispatched("cron/b", "cron", 2));
  EXPECT_EQ(again.job_id, "cron/a");
  EXPECT_EQ(again.eval_create_index, 0u);
  EXPECT_EQ(cluster.must(dispatched("cron/a", "cron", 3)).eval_create_index, 0u);
  EXPECT_EQ(cluster.now().index(), index) << "nothing was written";

  EXPECT_EQ(cluster.must(dispatched("web/a", "web", 4)).job_id, "web/a");
  const DispatchKey key{kCron, "order 17"};
  EXPECT_EQ(cluster.reloaded().dispatched_with(key)->id, "cron/a");
  cluster.must(DeregisterJob{.ns = "default", .job_id = "cron/a", .purge = true});
  EXPECT_FALSE(cluster.now().dispatched_with(key));
  EXPECT_EQ(cluster.must(dispatched("cron/c", "cron", 5)).job_id, "cron/c");
}

class ScaleTest : public ::testing::Test {
 protected:
  ScaleTest() {
    model::Job job = make_job("web");
    job.task_groups[0].scaling = model::ScalingPolicy{.min = 1, .max = 5};
    cluster.must(RegisterJob{.job = job});
  }
  ScaleJob scale(std::optional<int64_t> count) {
    return {.ns = "default", .job_id = "web", .group = "web", .event = {.count = count, .message = "m"}, .time = {7}};
  }

  TestCluster cluster;
};

TEST_F(ScaleTest, MakesANewVersionAndNotesTheEvent) {
  const Reply reply = cluster.must(scale(3));
  EXPECT_EQ(reply.job_version, 1u);
  EXPECT_EQ(cluster.now().job(kWeb)->task_groups[0].count, 3);
  cluster.must(scale(std::nullopt));
  const auto events = cluster.now().scaling_events(kWeb)->events.at("web");
  ASSERT_EQ(events.size(), 2u);
  EXPECT_FALSE(events[0].count);
  EXPECT_EQ(events[1].previous_count, 1);
  EXPECT_EQ(events[1].create_index, reply.index);
}

TEST_F(ScaleTest, KeepsTheNewestEvents) {
  for (int i = 0; i < 25; ++i) cluster.must(scale(std::nullopt));
  EXPECT_EQ(cluster.now().scaling_events(kWeb)->events.at("web").size(), model::kMaxScalingEvents);
}

TEST_F(ScaleTest, RefusesWhatItMayNotDo) {
  EXPECT_EQ(cluster.apply(scale(0)).error().message(), "group count was less than scaling policy minimum: 0 < 1");
  EXPECT_EQ(cluster.apply(scale(6)).error().code(), ErrorCode::InvalidArgument);
  ScaleJob other = scale(2);
  other.group = "db";
  EXPECT_EQ(cluster.apply(other).error().code(), ErrorCode::NotFound);
  model::Plan plan = make_plan("web", {});
  plan.deployment = make_deployment(1, "web");
  plan.deployment->job_create_index = cluster.now().job(kWeb)->create_index;
  cluster.must(ApplyPlan{.plan = plan});
  EXPECT_EQ(cluster.apply(scale(2)).error().code(), ErrorCode::Conflict);
  EXPECT_TRUE(cluster.apply(scale(std::nullopt))) << "an event alone changes no count";
}

TEST(ScaleJob, RunsNoMoreThanOneOfASystemJobOnANode) {
  for (const model::JobType type : {model::JobType::System, model::JobType::Sysbatch}) {
    TestCluster cluster;
    model::Job job = make_job("web");
    job.type = type;
    cluster.must(RegisterJob{.job = job});
    ScaleJob command{.ns = "default", .job_id = "web", .group = "web", .event = {.count = 2}, .time = {7}};
    const auto refused = cluster.apply(command);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::InvalidArgument);
    EXPECT_EQ(refused.error().message(),
              "job \"web\" runs once on every node: the count of group \"web\" can only be 0 or 1, not 2");
    command.event.count = 0;
    EXPECT_TRUE(cluster.apply(command));
  }
}

TEST(SetSchedulerConfig, ChecksTheIndexAndStaysAcrossARestart) {
  TestCluster cluster;
  EXPECT_EQ(cluster.now().scheduler_config().algorithm, "binpack");
  const Reply reply = cluster.must(SetSchedulerConfig{.config = {.algorithm = "spread"}, .check_index = 0});
  EXPECT_EQ(cluster.apply(SetSchedulerConfig{.check_index = 0}).error().code(), ErrorCode::Conflict);
  EXPECT_EQ(cluster.reloaded().scheduler_config().algorithm, "spread");
  cluster.must(SetSchedulerConfig{.config = {.algorithm = "spread"}, .check_index = reply.index});
  EXPECT_EQ(cluster.now().index(), reply.index) << "nothing changed";
}

TEST(UpdateNodeDrain, KeepsANodeIneligibleUntilItIsMarked) {
  TestCluster cluster;
  cluster.add_ready_node(1);
  const auto node = [&] { return cluster.now().node(node_id(1)); };
  cluster.must(UpdateNodeDrain{.node_id = node_id(1), .drain = model::DrainStrategy{}, .time = {5}});
  EXPECT_FALSE(node()->accepts_work());
  EXPECT_EQ(node()->drain->started_at, WallTime{5});
  EXPECT_EQ(cluster.apply(UpdateNodeEligibility{.node_id = node_id(1)}).error().code(), ErrorCode::Conflict);
  cluster.must(RegisterNode{.node = make_node(1, 2000)});
  EXPECT_TRUE(node()->drain) << "registering again does not end it";
  cluster.must(UpdateNodeDrain{.node_id = node_id(1), .drain = model::DrainStrategy{}, .time = {6}});
  EXPECT_EQ(node()->drain->started_at, WallTime{5});
  cluster.must(UpdateNodeDrain{.node_id = node_id(1), .complete = true, .time = {7}});
  EXPECT_EQ(node()->last_drain->status, "complete");
  EXPECT_FALSE(node()->accepts_work());
  cluster.must(UpdateNodeDrain{.node_id = node_id(1), .mark_eligible = true});
  EXPECT_TRUE(node()->accepts_work());
}

TEST(UpdateTransitions, ReplaceOnlyWhatTheySay) {
  TestCluster cluster;
  cluster.add_ready_node(1);
  cluster.must(RegisterJob{.job = make_job("web")});
  cluster.place("web", {make_alloc(1, "web", node_id(1))});
  cluster.must(UpdateTransitions{.transitions = {{alloc_id(1), {.migrate = true}}, {alloc_id(9), {}}}});
  cluster.must(UpdateTransitions{.transitions = {{alloc_id(1), {.reschedule = true}}}});
  const auto alloc = cluster.now().alloc(alloc_id(1));
  EXPECT_TRUE(alloc->desired_transition.should_migrate());
  EXPECT_EQ(alloc->desired_transition.reschedule, true);
}

}  // namespace
}  // namespace drover::state::testing
