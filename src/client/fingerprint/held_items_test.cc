#include "client/fingerprint/held_items.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drover::client {
namespace {

using testing::ElementsAre;
using Items = std::map<uint64_t, uint64_t>;

TEST(HeldItems, TellsOnlyWhatChanges) {
  const auto update = plan_held_update({{1, 10}, {2, 20}, {3, 30}}, {{2, 20}, {3, 31}, {4, 40}});
  EXPECT_THAT(update.changed, ElementsAre(model::HeldItem{3, 31}, model::HeldItem{4, 40}));
  EXPECT_THAT(update.gone, ElementsAre(1u));
}

TEST(HeldItems, AreTheLargestOnesEachOnce) {
  std::vector<model::HeldItem> items = {{7, 1}, {7, 5}};
  for (uint64_t i = 0; i < model::kMaxHeldItems; i++) items.push_back({100 + i, 10});
  const Items held = select_held(items);
  EXPECT_EQ(held.size(), model::kMaxHeldItems);
  EXPECT_FALSE(held.contains(7));
  EXPECT_EQ(select_held({{7, 1}, {7, 5}}), (Items{{7, 5}}));
}

}  // namespace
}  // namespace drover::client
