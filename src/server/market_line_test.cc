#include "server/market_line.h"

#include "state/test_cluster.h"

namespace drover::server {
namespace {

using namespace state::testing;

enum class Tried : uint8_t { Exhausted, Filtered, HeldBack };

MarketLine::EvalRow blocked(uint64_t n, Tried tried, uint64_t snapshot_index = 10) {
  model::Evaluation eval = make_eval(n, "job" + std::to_string(n));
  eval.status = model::EvalStatus::Blocked;
  eval.snapshot_index = snapshot_index;
  model::AllocMetric metric;
  if (tried == Tried::Exhausted) metric.dimension_exhausted["memory"] = metric.nodes_exhausted = 1;
  if (tried == Tried::HeldBack) metric.dimension_exhausted[kMarketQueue] = metric.nodes_exhausted = 1;
  if (tried == Tried::Filtered) eval.class_eligibility["old"] = false;
  eval.failed_tg_allocs["web"] = metric;
  return std::make_shared<const model::Evaluation>(std::move(eval));
}

uint64_t next(MarketLine& line) {
  const auto eval = line.take();
  return eval ? (*eval)->id.value.lo : 0;
}

TEST(MarketLine, TriesTheFirstAndThoseBehindItOnlyWhenItIsGone) {
  MarketLine line;
  line.block(3, blocked(3, Tried::HeldBack), true);
  line.block(1, blocked(1, Tried::Exhausted), true);
  line.block(2, blocked(2, Tried::HeldBack), true);
  EXPECT_EQ(next(line), 0u);  // no room was made
  EXPECT_TRUE(line.held_before(2));
  EXPECT_FALSE(line.held_before(1));
  line.note_room("old", 11);
  EXPECT_EQ(next(line), 1u);
  line.block(1, blocked(1, Tried::Exhausted, 12), true);  // it did not fit
  EXPECT_EQ(next(line), 0u);
  line.note_room("old", 13);
  EXPECT_EQ(next(line), 1u);  // it fits, and is gone
  EXPECT_EQ(next(line), 2u);
  EXPECT_EQ(next(line), 3u);
  EXPECT_EQ(next(line), 0u);
  EXPECT_FALSE(line.has_more());
}

TEST(MarketLine, WhatCanRunNowhereHoldsNobodyUp) {
  MarketLine line;
  line.block(1, blocked(1, Tried::Filtered), false);
  line.block(2, blocked(2, Tried::HeldBack), true);
  EXPECT_FALSE(line.held_before(2));
  EXPECT_EQ(next(line), 2u);
  EXPECT_EQ(next(line), 0u);
  line.note_room("old", 20);
  EXPECT_EQ(next(line), 0u);  // its class cannot run it
  line.note_room("new", 21);
  EXPECT_EQ(next(line), 1u);
}

TEST(MarketLine, ThoseBehindMoveUpWhenTheFirstLeaves) {
  MarketLine line;
  const auto first = blocked(1, Tried::Exhausted);
  line.block(1, first, true);
  line.block(2, blocked(2, Tried::HeldBack), true);
  EXPECT_EQ(next(line), 0u);
  line.remove(1, first->id);  // stopped
  EXPECT_EQ(next(line), 2u);
}

TEST(MarketLine, WhoeverIsTooLargeForEveryNodeDoesNotWaitForRoom) {
  TestCluster cluster;
  model::Job small = make_job("job1", 500), large = make_job("job2", 5000);
  small.node_pool = large.node_pool = "m";
  cluster.must(state::RegisterJob{.job = small});
  cluster.must(state::RegisterJob{.job = large});
  model::Node node = make_node(1, 1000);
  node.node_pool = "m";
  cluster.must(state::RegisterNode{.node = node});
  cluster.must(state::UpdateNodeStatus{.node_id = node_id(1)});
  EXPECT_TRUE(waits_for_room(cluster.now(), *blocked(1, Tried::Exhausted)));
  EXPECT_FALSE(waits_for_room(cluster.now(), *blocked(2, Tried::Exhausted)));
  EXPECT_FALSE(waits_for_room(cluster.now(), *blocked(1, Tried::Filtered)));
}

}  // namespace
}  // namespace drover::server
