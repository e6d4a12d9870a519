#include "sched/rank.h"

#include "sched/test_support.h"

namespace drover::sched {
namespace {

// Ranks for the group of a job; what is picked is placed by take().
class RankTest : public ::testing::Test {
 protected:
  Ranker& rank(const drover::testing::JobBuilder& builder, uint64_t seed = 1) {
    job = builder.build();
    const model::TaskGroup& group = job.task_groups[0];
    ask = state::group_ask(group);
    feasible.emplace(cluster.now(), job, group, ask);
    usage.emplace(cluster.now().columns());
    distinct.emplace(cluster.now(), job, group);
    devices.emplace(ask);
    return ranker.emplace(
        Ranker::Context{cluster.now(), job, group, ask, *feasible, *devices, *distinct, *usage, seed});
  }
  std::string take(std::optional<uint32_t> penalised = {}) {
    const auto slot = ranker->pick({.penalised = penalised});
    if (!slot) return "none";
    usage->add(*slot, ask, {});
    distinct->add(*slot, true);
    ranker->placed(*slot);
    return name_of(*slot);
  }
  void give_back(const std::string& node) {
    const uint32_t slot = cluster.slot(node);
    usage->remove(slot, ask, {});
    distinct->remove(slot, true);
    ranker->removed(slot);
  }
  std::string name_of(uint32_t slot) const {
    return cluster.now().node(cluster.now().columns().chunks()[0]->node_id[slot])->name;
  }

  TestCluster cluster;
  model::Job job;
  state::GroupAsk ask;
  std::optional<Feasibility> feasible;
  std::optional<Usage> usage;
  std::optional<DeviceRules> devices;
  std::optional<DistinctRules> distinct;
  std::optional<Ranker> ranker;
};

TEST_F(RankTest, TheFullestNodeThatFitsIsTheBest) {
  cluster.add(make_node("big").cpu(4000).memory(4000));
  cluster.add(make_node("small").cpu(1000).memory(1000));
  cluster.add(make_node("tiny").cpu(100).memory(100));
  rank(make_job("web").cpu(500).memory(500));
  EXPECT_EQ(take(), "small");
}

TEST_F(RankTest, CopiesOfTheGroupKeepApart) {
  cluster.add(make_node("a"));
  cluster.add(make_node("b"));
  rank(make_job("web").count(2).cpu(500));
  const std::string first = take();
  EXPECT_NE(take(), first);
}

TEST_F(RankTest, ExistingCopiesCountToo) {
  cluster.add(make_node("a"));
  cluster.add(make_node("b"));
  rank(make_job("web").count(2)).count_existing(cluster.slot("b"));
  EXPECT_EQ(take(), "a");
}

TEST_F(RankTest, ThereIsNoneWhenAllAreFull) {
  cluster.add(make_node("a").cpu(1000));
  rank(make_job("web").count(3).cpu(500));
  EXPECT_EQ(take(), "a");
  EXPECT_EQ(take(), "a");
  EXPECT_EQ(take(), "none");
  give_back("a");
  EXPECT_EQ(take(), "a");
}

TEST_F(RankTest, ThePenalisedNodeIsTakenOnlyForWantOfABetterOne) {
  cluster.add(make_node("best").cpu(1000).memory(1000));
  cluster.add(make_node("other").cpu(4000).memory(4000));
  rank(make_job("web").cpu(500).memory(500));
  EXPECT_EQ(take(cluster.slot("best")), "other");
  EXPECT_EQ(take(), "best");
  rank(make_job("web").cpu(2000).memory(500));
  EXPECT_EQ(take(cluster.slot("other")), "other");
}

TEST_F(RankTest, TheScoreIsTheMeanOfWhatApplies) {
  cluster.add(make_node("a"));
  Ranker& ranker = rank(make_job("web").count(4));
  const uint32_t a = cluster.slot("a");
  EXPECT_EQ(ranker.score(a, {}).mean(), ranker.score(a, {}).packing);
  ranker.count_existing(a);
  const Score score = ranker.score(a, {.penalised = a});
  EXPECT_DOUBLE_EQ(*score.anti_affinity, -2.0 / 4);
  EXPECT_DOUBLE_EQ(*score.penalty, -1);
  EXPECT_DOUBLE_EQ(score.mean(), (score.packing - 0.5 - 1) / 3);
  const model::NodeScore shown = score.to_model(node_id("a"));
  EXPECT_EQ(shown.scores.size(), 3u);
  EXPECT_DOUBLE_EQ(shown.scores.at("job-anti-affinity"), -0.5);
  EXPECT_DOUBLE_EQ(shown.scores.at("node-reschedule-penalty"), -1);
}

TEST_F(RankTest, EqualNodesTakeTurnsBySeed) {
  for (const char* name : {"a", "b", "c", "d"}) cluster.add(make_node(name));
  std::set<std::string> firsts;
  for (uint64_t seed = 0; seed < 32; ++seed) {
    rank(make_job("web"), seed);
    firsts.insert(take());
  }
  EXPECT_GE(firsts.size(), 3u);
}

TEST_F(RankTest, ListsTheBestNodesBestFirst) {
  for (int i = 1; i <= 7; ++i) cluster.add(make_node("n" + std::to_string(i)).cpu(1000 * i));
  Ranker& ranker = rank(make_job("web").cpu(1500));
  const auto best = ranker.best(5, {});
  ASSERT_EQ(best.size(), 5u);
  EXPECT_EQ(best[0].node_id, node_id("n2"));
  EXPECT_EQ(best[4].node_id, node_id("n6"));
}

TEST_F(RankTest, ListsTheSameNodesOnceItHasOrderedThem) {
  for (int i = 1; i <= 7; ++i) cluster.add(make_node("n" + std::to_string(i)).cpu(1000 * i));
  Ranker& ranker = rank(make_job("web").cpu(1500));
  const auto before = ranker.best(5, {});
  ASSERT_EQ(ranker.pick({}), cluster.slot("n2"));
  const auto after = ranker.best(5, {});
  ASSERT_EQ(after.size(), 5u);
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(after[i].node_id, before[i].node_id);
  EXPECT_EQ(take(), "n2") << "what was listed is still there to be picked";
}

TEST_F(RankTest, ExplainsWhyNoNodeTakesMore) {
  cluster.add(make_node("a").cpu(100).node_class("small"));
  cluster.add(make_node("b").memory(100));
  cluster.add(make_node("c"));
  rank(make_job("web").count(2).cpu(500).memory(500).job_constraint("", "distinct_hosts", "true"));
  EXPECT_EQ(take(), "c");
  EXPECT_EQ(take(), "none");
  model::AllocMetric metric;
  ranker->explain(metric);
  EXPECT_EQ(metric.nodes_exhausted, 2);
  EXPECT_EQ(metric.dimension_exhausted.at("cpu"), 1);
  EXPECT_EQ(metric.dimension_exhausted.at("memory"), 1);
  EXPECT_EQ(metric.class_exhausted.at("small"), 1);
  EXPECT_EQ(metric.constraint_filtered.at("distinct_hosts"), 1);
  EXPECT_EQ(metric.nodes_filtered, 1);
}

TEST_F(RankTest, ADistinctPropertyClosesAndOpensNodesElsewhere) {
  cluster.add(make_node("a1").meta("rack", "a"));
  cluster.add(make_node("a2").meta("rack", "a"));
  cluster.add(make_node("b1").meta("rack", "b"));
  cluster.add(make_node("none"));
  rank(make_job("web").count(3).constraint("${meta.rack}", "distinct_property", ""));
  const std::set<std::string> two{take(), take()};
  EXPECT_EQ(two.count("b1"), 1u);
  EXPECT_EQ(two.count("none"), 0u);
  EXPECT_EQ(take(), "none");
  give_back(two.count("a1") > 0 ? "a1" : "a2");
  const std::string again = take();
  EXPECT_TRUE(again == "a1" || again == "a2") << again;
}

}  // namespace
}  // namespace drover::sched
