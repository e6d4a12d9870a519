#include "server/held_registry.h"

#include "testutil/builders.h"

#include <gtest/gtest.h>

namespace drover::server {
namespace {

using drover::testing::node_id;

TEST(HeldRegistry, KnowsWhatNodesTellUntilTheyGo) {
  HeldRegistry registry;
  registry.update(node_id("a"), {.changed = {{1, 10}, {2, 20}}});
  registry.update(node_id("b"), {.changed = {{1, 10}}});
  const sched::HeldIndex before = registry.index();
  EXPECT_EQ(before.size(), 3u);
  registry.update(node_id("a"), {.changed = {{2, 21}}, .gone = {1, 7}});
  EXPECT_EQ(registry.index().size(), 2u);
  EXPECT_EQ(*registry.index().find(sched::HeldKey{2, node_id("a")}), 21u);
  registry.forget(node_id("a"));
  EXPECT_EQ(registry.index().size(), 1u);
  EXPECT_EQ(before.size(), 3u);
}

TEST(HeldRegistry, HasABudgetForEachNode) {
  HeldRegistry registry;
  rpc::HeldUpdate update;
  for (uint64_t key = 1; key <= 2 * model::kMaxHeldItems; ++key) update.changed.push_back({key, 1});
  registry.update(node_id("a"), update);
  EXPECT_EQ(registry.index().size(), model::kMaxHeldItems);
}

}  // namespace
}  // namespace drover::server
