#include "sched/scheduler.h"

#include <set>

#include "codec/compare.h"
#include "codec/describe.h"
#include "sched/test_support.h"

namespace drover::sched {
namespace {

using model::ClientStatus;
using std::chrono::seconds;
using Names = std::vector<std::string>;

class SchedulerTest : public ::testing::Test {
 protected:
  TestCluster cluster;
};

TEST_F(SchedulerTest, FillsInWhatAnAllocationSays) {
  cluster.add(make_node("a"));
  const auto job = cluster.add(make_job("web").static_port("http", 8080).dynamic_port("admin"));
  const Decision decision = cluster.decide("web");
  ASSERT_EQ(decision.plan.placements.size(), 1u);
  const model::Allocation& alloc = decision.plan.placements[0];
  EXPECT_FALSE(alloc.id.empty());
  EXPECT_EQ(alloc.name, "web.g[0]");
  EXPECT_EQ(alloc.node_name, "a");
  EXPECT_EQ(alloc.node_id, node_id("a"));
  EXPECT_EQ(alloc.job_version, job->version);
  EXPECT_EQ(alloc.task_group, "g");
  EXPECT_EQ(alloc.eval_id, TestCluster::eval_of("web").id);
  ASSERT_EQ(alloc.ports.size(), 2u);
  EXPECT_EQ(alloc.ports[0].label, "http");
  EXPECT_EQ(alloc.ports[0].value, 8080);
  EXPECT_EQ(alloc.ports[1].label, "admin");
  EXPECT_GE(alloc.ports[1].value, model::kMinDynamicPort);
  EXPECT_EQ(alloc.metrics->nodes_evaluated, 1);
  EXPECT_EQ(alloc.metrics->score_meta_data.size(), 1u);
  EXPECT_EQ(decision.plan.desired_updates.at("g").place, 1u);
  EXPECT_EQ(decision.plan.snapshot_index, cluster.now().index());
}

TEST_F(SchedulerTest, CountsAndExplainsWhatFindsNoRoom) {
  cluster.add(make_node("a").cpu(1000));
  cluster.add(make_job("web").count(5).cpu(400));
  const Decision decision = cluster.decide("web");
  EXPECT_EQ(decision.plan.placements.size(), 2u);
  EXPECT_EQ(decision.queued.at("g"), 3);
  const model::AllocMetric& why = decision.failed.at("g");
  EXPECT_EQ(why.coalesced_failures, 2);
  EXPECT_EQ(why.dimension_exhausted.at("cpu"), 1);
  EXPECT_TRUE(decision.class_eligibility.at(cluster.now().node(node_id("a"))->computed_class));
}

TEST_F(SchedulerTest, AnInPlaceUpdateKeepsTheAllocationAndItsNode) {
  cluster.add(make_node("a"));
  cluster.add(make_node("b"));
  cluster.add(make_job("web").dynamic_port("http"));
  cluster.run("web");
  const auto before = cluster.find("web.g[0]");
  cluster.add(make_job("web").dynamic_port("http").priority(70));
  const Decision decision = cluster.run("web");
  EXPECT_TRUE(decision.plan.stops.empty());
  const auto after = cluster.find("web.g[0]");
  EXPECT_EQ(after->id, before->id);
  EXPECT_EQ(after->node_id, before->node_id);
  EXPECT_EQ(after->ports.at(0).value, before->ports.at(0).value);
  EXPECT_EQ(after->job_version, 1u);
}

TEST_F(SchedulerTest, ANodeThatTakesNoNewWorkStillUpdatesInPlace) {
  cluster.add(make_node("a"));
  cluster.add(make_job("web"));
  cluster.run("web");
  cluster.must(
      state::UpdateNodeEligibility{.node_id = node_id("a"), .eligibility = model::NodeEligibility::Ineligible});
  cluster.add(make_job("web").priority(70));
  EXPECT_TRUE(cluster.run("web").plan.stops.empty());
  EXPECT_EQ(cluster.find("web.g[0]")->job_version, 1u);
}

TEST_F(SchedulerTest, ADestructiveUpdateMayUseTheRoomOfWhatItReplaces) {
  cluster.add(make_node("a").cpu(1000));
  cluster.add(make_job("web").cpu(900).static_port("http", 80));
  cluster.run("web");
  const auto old = cluster.find("web.g[0]");
  cluster.add(make_job("web").cpu(1000).static_port("http", 80));
  const Decision decision = cluster.run("web");
  ASSERT_EQ(decision.plan.stops.size(), 1u);
  EXPECT_EQ(decision.plan.stops[0].alloc_id, old->id);
  EXPECT_EQ(decision.plan.stops[0].description, "alloc is being updated due to job update");
  ASSERT_EQ(decision.plan.placements.size(), 1u);
  EXPECT_EQ(decision.plan.placements[0].previous_allocation, old->id);
}

TEST_F(SchedulerTest, WhatFindsNoRoomForItsNewVersionRunsOn) {
  cluster.add(make_node("a").cpu(1000));
  cluster.add(make_job("web").cpu(900));
  cluster.run("web");
  cluster.add(make_job("web").cpu(1001));
  const Decision decision = cluster.decide("web");
  EXPECT_TRUE(decision.plan.is_no_op());
  EXPECT_EQ(decision.queued.at("g"), 1);
}

TEST_F(SchedulerTest, AConstraintThatANodeNoLongerMeetsMovesTheAllocation) {
  cluster.add(make_node("a").meta("zone", "1"));
  cluster.add(make_job("web"));
  cluster.run("web");
  cluster.add(make_node("b").meta("zone", "2"));
  cluster.add(make_job("web").job_constraint("${meta.zone}", "=", "2"));
  const Decision decision = cluster.run("web");
  EXPECT_EQ(nodes_of(decision.plan), Names{"b"});
  EXPECT_EQ(decision.plan.stops.size(), 1u);
}

TEST_F(SchedulerTest, StopsAreMadeBeforeGroupsArePlaced) {
  cluster.add(make_node("a").cpu(1000));
  cluster.add(make_job("web").group("old", 1).task("t").cpu(1000));
  cluster.run("web");
  cluster.add(make_job("web").group("new", 1).task("t").cpu(1000));
  const Decision decision = cluster.run("web");
  EXPECT_EQ(names_of(decision.plan), Names{"web.new[0]"});
  EXPECT_TRUE(decision.failed.empty());
}

TEST_F(SchedulerTest, LaterReplacementsGetOneFollowUp) {
  cluster.add(make_node("a"));
  cluster.add(make_job("web").count(2));
  cluster.run("web", WallTime{1});
  const WallTime failed{1'000'000'000'000};
  cluster.report("web.g[0]", ClientStatus::Failed, failed);
  cluster.report("web.g[1]", ClientStatus::Failed, failed + seconds(3));
  const Decision decision = cluster.run("web", failed + seconds(4));
  EXPECT_TRUE(decision.plan.placements.empty());
  ASSERT_EQ(decision.follow_ups.size(), 1u);
  EXPECT_EQ(decision.follow_ups[0].wait_until, failed + seconds(33)) << "neither of them too early";
  EXPECT_EQ(decision.follow_ups[0].status, model::EvalStatus::Pending);
  model::Evaluation follow_up = decision.follow_ups[0];
  cluster.must(state::UpsertEvals{.evals = {follow_up}});
  for (const char* name : {"web.g[0]", "web.g[1]"}) {
    EXPECT_EQ(cluster.find(name)->follow_up_eval_id, follow_up.id);
    EXPECT_FALSE(cluster.find(name)->server_terminal());
  }
  const Decision again = cluster.decide("web", 1, failed + seconds(5));
  EXPECT_TRUE(again.follow_ups.empty());
  EXPECT_TRUE(again.plan.is_no_op());
}

TEST_F(SchedulerTest, WhatFailsMuchLaterGetsItsFollowUpInItsTurn) {
  cluster.add(make_node("a"));
  cluster.add(make_job("web").count(2));
  cluster.run("web", WallTime{1});
  const WallTime failed{1'000'000'000'000};
  cluster.report("web.g[0]", ClientStatus::Failed, failed);
  cluster.report("web.g[1]", ClientStatus::Failed, failed + seconds(20));
  const Decision first = cluster.run("web", failed + seconds(21));
  ASSERT_EQ(first.follow_ups.size(), 1u);
  EXPECT_EQ(cluster.find("web.g[0]")->follow_up_eval_id, first.follow_ups[0].id);
  EXPECT_TRUE(cluster.find("web.g[1]")->follow_up_eval_id.empty());
  const Decision second = cluster.run("web", failed + seconds(30));
  ASSERT_EQ(second.follow_ups.size(), 1u);
  EXPECT_EQ(names_of(second.plan), Names{"web.g[0]"});
  EXPECT_EQ(cluster.find("web.g[1]")->follow_up_eval_id, second.follow_ups[0].id);
}

TEST_F(SchedulerTest, AReplacementAvoidsTheNodeOfTheFailure) {
  cluster.add(make_node("a"));
  cluster.add(make_job("web"));
  cluster.run("web", WallTime{1});
  cluster.report("web.g[0]", ClientStatus::Failed, WallTime{1'000});
  cluster.add(make_node("b").cpu(40'000).memory(80'000));
  const Decision decision = cluster.run("web", WallTime{1'000} + seconds(30));
  EXPECT_EQ(nodes_of(decision.plan), Names{"b"});
}

TEST_F(SchedulerTest, ThereMayBeNoJobAndNothingToDo) {
  const Decision decision = cluster.decide("never-heard-of");
  EXPECT_TRUE(decision.plan.is_no_op());
  EXPECT_TRUE(decision.failed.empty());
}

TEST_F(SchedulerTest, TheSameInputGivesTheSameOutput) {
  for (int i = 0; i < 20; ++i) cluster.add(make_node("n" + std::to_string(i)));
  cluster.add(make_job("web").count(30).dynamic_port("http"));
  const Decision one = cluster.decide("web", 42), two = cluster.decide("web", 42), other = cluster.decide("web", 43);
  EXPECT_TRUE(codec::equal(one.plan, two.plan));
  EXPECT_FALSE(codec::equal(one.plan, other.plan));
}

}  // namespace
}  // namespace drover::sched
