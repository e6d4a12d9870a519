// System and sysbatch jobs.

#include <algorithm>

#include "sched/scheduler.h"
#include "sched/test_support.h"

namespace drover::sched {
namespace {

using model::ClientStatus;
using std::chrono::minutes;
using std::chrono::seconds;
using Names = std::vector<std::string>;

constexpr WallTime kStart{1'000'000'000'000};

class SystemTest : public ::testing::Test {
 protected:
  SystemTest() {
    for (const char* name : {"a", "b", "c"}) cluster.add(make_node(name).cpu(1000));
  }

  static drover::testing::JobBuilder agent() { return make_job("agent").type(model::JobType::System); }
  static drover::testing::JobBuilder once() { return make_job("agent").type(model::JobType::Sysbatch); }
  Decision run(WallTime at = kStart) { return cluster.run("agent", at); }
  Decision start(const drover::testing::JobBuilder& job) {
    cluster.add(job);
    return run();
  }
  static Names sorted(Names names) {
    std::ranges::sort(names);
    return names;
  }
  state::Row<model::Allocation> on(const std::string& node) const {
    state::Row<model::Allocation> newest;
    for (const auto& entry : cluster.now().allocs_of_node(node_id(node))) {
      if (!newest || entry.value->create_index > newest->create_index) newest = entry.value;
    }
    return newest;
  }
  void report(const std::string& node, ClientStatus status, WallTime at) {
    model::Allocation alloc = *on(node);
    alloc.client_status = status;
    alloc.task_states["t"].finished_at = at;
    cluster.must(state::UpdateAllocs{.allocs = {alloc}, .time = at});
  }

  TestCluster cluster;
};

TEST_F(SystemTest, RunsOncePerFeasibleNode) {
  const Decision decision = start(agent());
  EXPECT_EQ(sorted(nodes_of(decision.plan)), (Names{"a", "b", "c"}));
  EXPECT_EQ(names_of(decision.plan), (Names{"agent.g[0]", "agent.g[0]", "agent.g[0]"}));
  EXPECT_EQ(decision.plan.desired_updates.at("g").place, 3u);
  EXPECT_TRUE(run().plan.is_no_op());
  cluster.add(make_node("late"));
  EXPECT_EQ(nodes_of(run().plan), Names{"late"});
}

TEST_F(SystemTest, NodesThatAreOnlyFilteredAreNoFailure) {
  cluster.add(make_node("gpu").meta("kind", "gpu"));
  const Decision decision = start(agent().job_constraint("${meta.kind}", "=", "gpu"));
  EXPECT_EQ(nodes_of(decision.plan), Names{"gpu"});
  EXPECT_TRUE(decision.failed.empty());
}

TEST_F(SystemTest, ThatAllNodesAreFilteredIsSaid) {
  const Decision decision = start(agent().job_constraint("${meta.kind}", "=", "gpu"));
  EXPECT_TRUE(decision.plan.is_no_op());
  EXPECT_EQ(decision.failed.at("g").constraint_filtered.at("${meta.kind} = gpu"), 3);
  EXPECT_TRUE(decision.queued.empty());
}

TEST_F(SystemTest, NodesWithoutRoomAreCounted) {
  cluster.add(make_node("tiny").cpu(50));
  const Decision decision = start(agent());
  EXPECT_EQ(decision.plan.placements.size(), 3u);
  EXPECT_EQ(decision.queued.at("g"), 1);
  EXPECT_EQ(decision.failed.at("g").nodes_exhausted, 1);
  EXPECT_EQ(decision.failed.at("g").dimension_exhausted.at("cpu"), 1);
  EXPECT_FALSE(decision.class_eligibility.empty());
}

TEST_F(SystemTest, WhatRunsOnALostNodeIsNotPlacedElsewhere) {
  start(agent());
  cluster.set_status("a", model::NodeStatus::Down);
  const Decision decision = run();
  EXPECT_TRUE(decision.plan.placements.empty());
  ASSERT_EQ(decision.plan.stops.size(), 1u);
  EXPECT_EQ(decision.plan.stops[0].client_status, ClientStatus::Lost);
  cluster.set_status("a", model::NodeStatus::Ready);
  EXPECT_EQ(nodes_of(run().plan), Names{"a"}) << "the node is back";
}

TEST_F(SystemTest, ADrainedNodeKeepsItUntilTheDrainerSaysSo) {
  start(agent());
  cluster.must(state::UpdateNodeDrain{.node_id = node_id("b"), .drain = model::DrainStrategy{}});
  EXPECT_TRUE(run().plan.is_no_op());
  cluster.must(state::UpdateTransitions{.transitions = {{.alloc_id = on("b")->id, .transition = {.migrate = true}}}});
  const Decision decision = run();
  EXPECT_EQ(decision.plan.stops.size(), 1u);
  EXPECT_TRUE(decision.plan.placements.empty());
}

TEST_F(SystemTest, UpdatesInPlaceWhereNothingElseChanged) {
  start(agent());
  const auto before = on("a");
  const Decision decision = start(agent().priority(70));
  EXPECT_TRUE(decision.plan.stops.empty());
  EXPECT_EQ(decision.plan.desired_updates.at("g").in_place_update, 3u);
  EXPECT_EQ(on("a")->id, before->id);
  EXPECT_EQ(on("a")->job_version, 1u);
}

TEST_F(SystemTest, IsReplacedOnTheSameNodeEvenIfThatIsFull) {
  start(agent().cpu(900));
  const auto old = on("a");
  const Decision decision = start(agent().cpu(950));
  EXPECT_EQ(decision.plan.placements.size(), 3u);
  EXPECT_EQ(decision.plan.stops.size(), 3u);
  EXPECT_EQ(on("a")->previous_allocation, old->id);
}

TEST_F(SystemTest, AnUpdateRollsWithAStaggerBetweenTheSets) {
  const auto versioned = [](const std::string& version) {
    model::Job job = agent().env("V", version).build();
    job.task_groups[0].update = model::UpdateStrategy{.stagger = seconds(30), .max_parallel = 2};
    return job;
  };
  cluster.add(versioned("1"));
  run();
  cluster.add(versioned("2"));
  const Decision first = run();
  EXPECT_EQ(first.plan.placements.size(), 2u);
  ASSERT_EQ(first.follow_ups.size(), 1u);
  EXPECT_EQ(first.follow_ups[0].triggered_by, model::trigger::kRollingUpdate);
  EXPECT_EQ(first.follow_ups[0].wait_until, kStart + seconds(30));
  cluster.must(state::UpsertEvals{.evals = first.follow_ups});
  EXPECT_TRUE(run(kStart + seconds(10)).plan.is_no_op()) << "another evaluation meanwhile does not hurry it";
  const Decision second = run(kStart + seconds(30));
  EXPECT_EQ(second.plan.placements.size(), 1u);
  EXPECT_TRUE(second.follow_ups.empty());
}

TEST_F(SystemTest, ANodeThatANewVersionDoesNotWantLosesIt) {
  cluster.add(make_node("gpu").meta("kind", "gpu"));
  start(agent());
  const Decision decision = start(agent().job_constraint("${meta.kind}", "=", "gpu"));
  EXPECT_EQ(decision.plan.stops.size(), 3u);
  EXPECT_FALSE(on("gpu")->terminal());
}

TEST_F(SystemTest, WhatFailedComesBackAfterAWhile) {
  start(agent());
  report("a", ClientStatus::Failed, kStart);
  const Decision early = run(kStart + seconds(1));
  EXPECT_TRUE(early.plan.placements.empty());
  ASSERT_EQ(early.follow_ups.size(), 1u);
  EXPECT_EQ(on("a")->follow_up_eval_id, early.follow_ups[0].id);
  EXPECT_EQ(nodes_of(run(kStart + seconds(30)).plan), Names{"a"});
}

TEST_F(SystemTest, StopsEverywhereWithItsJob) {
  start(agent());
  cluster.must(state::DeregisterJob{.ns = "default", .job_id = "agent"});
  EXPECT_EQ(run().plan.stops.size(), 3u);
}

TEST_F(SystemTest, SysbatchIsDoneWhereItRanToItsEnd) {
  start(once());
  report("a", ClientStatus::Complete, kStart);
  report("b", ClientStatus::Failed, kStart);
  EXPECT_TRUE(run(kStart + minutes(9)).plan.is_no_op());
  const Decision decision = start(once().env("V", "2"));
  EXPECT_EQ(decision.plan.placements.size(), 3u) << "a new version runs everywhere again";
}

TEST_F(SystemTest, TakesRoomFromLessImportantJobsByDefault) {
  cluster.add(make_job("web").count(3).cpu(950).priority(30));
  cluster.run("web");
  const Decision decision = start(agent().cpu(500).priority(80));
  EXPECT_EQ(decision.plan.placements.size(), 3u);
  EXPECT_EQ(decision.plan.preemptions.size(), 3u);
  EXPECT_EQ(decision.preemption_evals.size(), 1u);
  EXPECT_EQ(on("a")->preempted_allocations.size(), 1u);
}

}  // namespace
}  // namespace drover::sched
