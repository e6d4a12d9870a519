#include "sched/preempt.h"

#include <algorithm>

#include "sched/test_support.h"

namespace drover::sched {
namespace {

using Names = std::vector<std::string>;

// Node "a" with 1000 MHz and MB, and a cluster where services may preempt.
class PreemptTest : public ::testing::Test {
 protected:
  PreemptTest() {
    cluster.add(make_node("a").cpu(1000).memory(1000));
    model::SchedulerConfig config;
    config.preemption.service = true;
    cluster.must(state::SetSchedulerConfig{.config = config});
  }

  void fill(const std::string& job, int32_t count, int32_t cpu, int32_t priority) {
    cluster.add(make_job(job).count(count).cpu(cpu).memory(10).priority(priority));
    cluster.run(job);
  }
  Decision urgent(int32_t cpu, int32_t priority = 80, int32_t count = 1) {
    cluster.add(make_job("urgent").count(count).cpu(cpu).memory(10).priority(priority));
    return cluster.run("urgent");
  }
  Names victims(const Decision& decision) const {
    Names names;
    for (const model::PlannedStop& stop : decision.plan.preemptions) {
      names.push_back(cluster.now().alloc(stop.alloc_id)->name);
    }
    std::ranges::sort(names);
    return names;
  }

  TestCluster cluster;
};

TEST_F(PreemptTest, EvictsTheLeastImportantThatMakeRoom) {
  fill("low", 1, 400, 20);
  fill("middle", 1, 400, 40);
  const Decision decision = urgent(500);
  EXPECT_EQ(victims(decision), Names{"low.g[0]"});
  ASSERT_EQ(decision.plan.placements.size(), 1u);
  const auto winner = cluster.find("urgent.g[0]");
  const auto loser = cluster.find("low.g[0]");
  EXPECT_EQ(winner->preempted_allocations.size(), 1u);
  EXPECT_EQ(loser->preempted_by, winner->id);
  EXPECT_EQ(loser->desired_status, model::DesiredStatus::Evict);
  EXPECT_EQ(model::own_score(*winner).scores.count("preemption"), 1u);
  EXPECT_EQ(decision.plan.desired_updates.at("g").preemptions, 1u);
  ASSERT_EQ(decision.preemption_evals.size(), 1u);
  EXPECT_EQ(decision.preemption_evals[0].job_id, "low");
  EXPECT_EQ(decision.preemption_evals[0].triggered_by, model::trigger::kPreemption);
}

TEST_F(PreemptTest, NobodyGoesWhereThereIsRoom) {
  fill("low", 1, 400, 20);
  EXPECT_TRUE(urgent(600).plan.preemptions.empty());
}

TEST_F(PreemptTest, TheGapOfPrioritiesHasToBeTen) {
  fill("low", 1, 900, 71);
  EXPECT_EQ(urgent(500).failed.count("g"), 1u);
  fill("low", 1, 900, 70);
  EXPECT_EQ(victims(urgent(500)), Names{"low.g[0]"});
}

TEST_F(PreemptTest, OnlyAsTheClusterIsConfigured) {
  cluster.must(state::SetSchedulerConfig{.config = {}});
  fill("low", 1, 900, 20);
  const Decision decision = urgent(500);
  EXPECT_TRUE(decision.plan.is_no_op());
  EXPECT_EQ(decision.failed.at("g").dimension_exhausted.at("cpu"), 1);
}

TEST_F(PreemptTest, TheClosestInSizeGoes) {
  fill("big", 1, 600, 20);
  fill("fitting", 1, 300, 20);
  EXPECT_EQ(victims(urgent(400)), Names{"fitting.g[0]"});
}

TEST_F(PreemptTest, WhoIsNotNeededStays) {
  fill("small", 1, 100, 10);
  fill("big", 1, 800, 20);
  EXPECT_EQ(victims(urgent(900)), Names{"big.g[0]"}) << "the small one was looked at first";
}

TEST_F(PreemptTest, NothingIsEvictedIfItWouldNotHelp) {
  fill("low", 1, 500, 20);
  fill("high", 1, 400, 90);
  const Decision decision = urgent(700);
  EXPECT_TRUE(decision.plan.is_no_op());
}

TEST_F(PreemptTest, APortIsTakenFromItsHolder) {
  cluster.add(make_job("holder").static_port("http", 443).priority(20));
  cluster.run("holder");
  fill("other", 1, 100, 10);
  cluster.add(make_job("urgent").static_port("http", 443).priority(80));
  EXPECT_EQ(victims(cluster.run("urgent")), Names{"holder.g[0]"});
}

TEST_F(PreemptTest, AllWhoShareAPortGoOrNobody) {
  cluster.add(make_job("sharer").count(2).shared_port("http", 443).priority(20));
  cluster.run("sharer");
  cluster.add(make_job("friend").shared_port("http", 443).priority(80));
  EXPECT_TRUE(victims(cluster.run("friend")).empty());
  cluster.add(make_job("urgent").static_port("http", 443).priority(80));
  EXPECT_TRUE(cluster.run("urgent").plan.is_no_op()) << "the friend stays";
  cluster.add(make_job("friend").shared_port("http", 443).priority(30));
  cluster.run("friend");
  EXPECT_EQ(victims(cluster.run("urgent")), (Names{"friend.g[0]", "sharer.g[0]", "sharer.g[1]"}));
}

TEST_F(PreemptTest, EachPlacementTakesOtherVictims) {
  fill("low", 4, 250, 20);
  const Decision decision = urgent(250, 80, 4);
  EXPECT_EQ(decision.plan.placements.size(), 4u);
  EXPECT_EQ(decision.plan.preemptions.size(), 4u);
  EXPECT_EQ(victims(decision), (Names{"low.g[0]", "low.g[1]", "low.g[2]", "low.g[3]"}));
}

TEST(PreemptionScore, FallsWithThePriorityOfTheVictims) {
  EXPECT_GT(preemption_score({10}), preemption_score({90}));
  EXPECT_GT(preemption_score({10}), 0.9);
}

}  // namespace
}  // namespace drover::sched
