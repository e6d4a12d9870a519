#include "assets/asset_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drover::assets {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
constexpr WallTime kNow{1'000'000'000'000'000};
constexpr Duration kDay = std::chrono::hours(24);

void add(AssetIndex& index, const std::string& key, Duration age, Duration unused_for, uint64_t bytes = 100) {
  index[key] = {.key = key, .bytes = bytes, .downloaded_at = kNow + -age, .last_used = kNow + -unused_for};
}

TEST(AssetExpiry, IsADayAfterTheDownloadHoweverOftenItWasUsed) {
  AssetIndex index;
  add(index, "old", kDay, Duration(0));
  add(index, "young", kDay - Duration(1), kDay);
  EXPECT_THAT(plan_expiry(index, kNow, kDay), ElementsAre("old"));
  EXPECT_THAT(plan_expiry(index, kNow, Duration(0)), IsEmpty());
}

TEST(AssetExpiry, SparesWhatIsUsedOrRequired) {
  AssetIndex index;
  add(index, "used", 2 * kDay, Duration(0));
  add(index, "pinned", 2 * kDay, Duration(0));
  index["used"].users = {"alloc/task"};
  index["pinned"].pinned = true;
  EXPECT_THAT(plan_expiry(index, kNow, kDay), IsEmpty());
}

TEST(AssetExpiry, OfWhatComesFromTheFutureWaits) {
  AssetIndex index;
  add(index, "future", -kDay, -kDay);
  EXPECT_THAT(plan_expiry(index, kNow, kDay), IsEmpty());
}

TEST(AssetEviction, TakesWhatWasUsedLongestAgoAndNoMore) {
  AssetIndex index;
  add(index, "a", Duration(1), Duration(10));
  add(index, "b", Duration(1), Duration(30));
  add(index, "c", Duration(1), Duration(20));
  EXPECT_THAT(*plan_eviction(index, 0), IsEmpty());
  EXPECT_THAT(*plan_eviction(index, 100), ElementsAre("b"));
  EXPECT_THAT(*plan_eviction(index, 101), ElementsAre("b", "c"));
}

TEST(AssetEviction, NeverTakesWhatIsInUse) {
  AssetIndex index;
  add(index, "a", Duration(1), Duration(10));
  add(index, "b", Duration(1), Duration(30));
  index["b"].users = {"alloc/task"};
  EXPECT_THAT(*plan_eviction(index, 100), ElementsAre("a"));
  EXPECT_EQ(plan_eviction(index, 101).error().code(), ErrorCode::ResourceExhausted);
}

}  // namespace
}  // namespace drover::assets
