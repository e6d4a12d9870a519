#include "sched/locality.h"

#include "model/holdings.h"
#include "sched/rank.h"
#include "sched/test_support.h"

#include <gtest/gtest.h>

namespace drover::sched {
namespace {

constexpr uint64_t kGigabyte = 1 << 30;

model::Asset repository(const std::string& repo) {
  model::Asset asset;
  asset.type = "HF";
  asset.repo = repo;
  asset.target = "/m";
  return asset;
}

// Jobs with models, on a cluster whose nodes tell what they hold.
class LocalityTest : public ::testing::Test {
 protected:
  void hold(const std::string& node, const std::string& repo, uint64_t bytes) {
    auto draft = held.transient();
    draft.insert_or_assign(HeldKey{model::asset_key(repository(repo)), node_id(node)}, bytes);
    held = draft.persistent();
  }
  void add_job(const drover::testing::JobBuilder& builder, const std::vector<std::string>& repos) {
    model::Job job = builder.build();
    for (const std::string& repo : repos) job.task_groups[0].tasks[0].assets.push_back(repository(repo));
    cluster.add(job);
  }
  Decision decide(const std::string& job, uint64_t seed = 1) const {
    const model::Evaluation eval = TestCluster::eval_of(job);
    return schedule({.snapshot = cluster.now(),
                     .eval = eval,
                     .job = cluster.now().job(eval.job_key()),
                     .now = {1},
                     .held = &held,
                     .seed = seed});
  }
  std::optional<double> score_on(const std::string& job, const std::string& node) const {
    const auto row = cluster.now().job({"default", job});
    return LocalityScores(cluster.now(), row->task_groups[0], &held).of(cluster.slot(node));
  }

  TestCluster cluster;
  HeldIndex held;
};

TEST_F(LocalityTest, IsTheShareOfBytesThatNeedNotBeFetched) {
  for (const char* node : {"a", "b", "c"}) cluster.add(make_node(node));
  add_job(make_job("llm"), {"org/large", "org/small"});
  hold("a", "org/large", 3 * kGigabyte);
  hold("b", "org/small", kGigabyte);
  const double total = 4.0 * kGigabyte + kLocalityHalf;
  EXPECT_DOUBLE_EQ(*score_on("llm", "a"), 3.0 * kGigabyte / total);
  EXPECT_DOUBLE_EQ(*score_on("llm", "b"), 1.0 * kGigabyte / total);
  EXPECT_DOUBLE_EQ(*score_on("llm", "c"), 0);
}

TEST_F(LocalityTest, DoesNotTellWhereNobodyHoldsAnything) {
  cluster.add(make_node("a"));
  add_job(make_job("llm"), {"org/model"});
  add_job(make_job("web"), {});
  hold("a", "org/other", kGigabyte);
  EXPECT_FALSE(score_on("llm", "a"));
  EXPECT_FALSE(score_on("web", "a"));
  EXPECT_EQ(decide("web").plan.placements.at(0).scores.size(), 1u);
}

TEST_F(LocalityTest, OfLittleThingsIsLittle) {
  cluster.add(make_node("a"));
  add_job(make_job("llm"), {"org/model"});
  hold("a", "org/model", 1 << 20);
  EXPECT_LT(*score_on("llm", "a"), 0.01);
}

TEST_F(LocalityTest, CountsImagesHoweverTheyAreNamed) {
  cluster.add(make_node("a"));
  model::Job job = make_job("web").build();
  job.task_groups[0].tasks[0].driver = "docker";
  job.task_groups[0].tasks[0].config.set("image", "redis:7");
  auto draft = held.transient();
  draft.insert_or_assign(HeldKey{model::image_key("docker.io/library/redis:7"), node_id("a")}, kGigabyte);
  held = draft.persistent();
  EXPECT_GT(LocalityScores(cluster.now(), job.task_groups[0], &held).of(cluster.slot("a")).value(), 0.7);
}

TEST_F(LocalityTest, JobsGoToTheWarmNodeWhileItHasRoom) {
  for (const char* node : {"a", "b", "warm", "d"}) cluster.add(make_node(node).cpu(1000).memory(4000));
  hold("warm", "org/model", 4 * kGigabyte);
  for (int i = 0; i < 12; ++i) add_job(make_job("llm" + std::to_string(i)).cpu(100).memory(100), {"org/model"});
  int warm = 0;
  for (int i = 0; i < 12; ++i) {
    const Decision decision = decide("llm" + std::to_string(i), static_cast<uint64_t>(i));
    const bool here = nodes_of(decision.plan) == std::vector<std::string>{"warm"};
    EXPECT_EQ(here, i < 10) << i;
    warm += here ? 1 : 0;
    std::ignore = cluster.must(state::ApplyPlan{.plan = decision.plan, .time = {1}});
  }
  EXPECT_EQ(warm, 10);
}

TEST_F(LocalityTest, IsShownWithTheOtherScores) {
  cluster.add(make_node("a"));
  add_job(make_job("llm"), {"org/model"});
  hold("a", "org/model", 4 * kGigabyte);
  const auto decision = decide("llm");
  const auto& scores = decision.plan.placements.at(0).scores;
  ASSERT_EQ(scores.size(), 2u);
  EXPECT_EQ(scores[1].name.str(), "asset-locality");
}

// Each placement of many is on the node with the best score of that moment, found by looking at all of them.
TEST_F(LocalityTest, PlacementsAreExact) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    TestCluster fresh;
    HeldIndex index;
    auto draft = index.transient();
    for (int n = 0; n < 8; ++n) {
      const std::string name = "n" + std::to_string(n);
      fresh.add(make_node(name).cpu(1000 + 250 * static_cast<int>((seed + n) % 4)).memory(8000));
      if ((seed * 7 + n) % 3 == 0) {
        draft.insert_or_assign(HeldKey{model::asset_key(repository("m")), node_id(name)}, (seed % 5 + 1) << 28);
      }
    }
    index = draft.persistent();
    model::Job job = make_job("llm").count(12).cpu(200).memory(100).build();
    job.task_groups[0].tasks[0].assets = {repository("m")};
    fresh.add(job);
    const model::Evaluation eval = TestCluster::eval_of("llm");
    const auto row = fresh.now().job(eval.job_key());
    const Decision decision =
        schedule({.snapshot = fresh.now(), .eval = eval, .job = row, .now = {1}, .held = &index, .seed = seed});
    const state::GroupAsk ask = state::group_ask(row->task_groups[0]);
    const Feasibility feasible(fresh.now(), *row, row->task_groups[0], ask);
    const DeviceRules devices(ask);
    DistinctRules distinct(fresh.now(), *row, row->task_groups[0]);
    Usage usage(fresh.now().columns());
    Ranker ranker({fresh.now(), *row, row->task_groups[0], ask, feasible, devices, distinct, usage, seed, &index});
    for (const model::Allocation& alloc : decision.plan.placements) {
      double best = -2;
      for (const uint32_t slot : feasible.slots()) {
        if (ranker.takes_one_more(slot)) best = std::max(best, ranker.score(slot, {}).mean());
      }
      const uint32_t slot = *fresh.now().slot_of(alloc.node_id);
      ASSERT_DOUBLE_EQ(ranker.score(slot, {}).mean(), best) << "seed " << seed;
      usage.add(slot, ask, {});
      ranker.placed(slot);
    }
  }
}

}  // namespace
}  // namespace drover::sched
