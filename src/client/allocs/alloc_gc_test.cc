#include "client/allocs/alloc_gc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drover::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

model::AllocId id(uint64_t number) {
  return model::AllocId(Uuid{.hi = 1, .lo = number});
}

// The higher the number, the longer ago.
EndedAlloc ended(uint64_t number) {
  return {.id = id(number), .since = WallTime{.unix_nanos = 1000 - static_cast<int64_t>(number)}};
}

TEST(AllocGc, KeepsSoManyAndTakesTheOldest) {
  const GcOptions options{.max_allocs = 2, .parallel = 1};
  EXPECT_THAT(choose_garbage({ended(1), ended(2)}, options, {}).allocs, IsEmpty());
  const auto garbage = choose_garbage({ended(1), ended(4), ended(2), ended(3)}, options, {});
  EXPECT_THAT(garbage.allocs, ElementsAre(id(4), id(3)));
  EXPECT_THAT(garbage.reason, HasSubstr("gc_max_allocs"));
}

TEST(AllocGc, TakesAFewAtATimeFromAFullDisk) {
  const GcOptions options{.max_allocs = 50, .disk_percent = 80, .inode_percent = 70, .parallel = 2};
  const std::vector<EndedAlloc> all = {ended(1), ended(2), ended(3)};
  EXPECT_THAT(choose_garbage(all, options, {.disk_percent = 80, .inode_percent = 70}).allocs, IsEmpty());
  const auto disk = choose_garbage(all, options, {.disk_percent = 81});
  EXPECT_THAT(disk.allocs, ElementsAre(id(3), id(2)));
  EXPECT_THAT(disk.reason, HasSubstr("81.0 % of the disk"));
  const auto inodes = choose_garbage({ended(1)}, options, {.inode_percent = 99});
  EXPECT_THAT(inodes.allocs, ElementsAre(id(1)));
  EXPECT_THAT(inodes.reason, HasSubstr("99.0 % of the inodes"));
}

TEST(AllocGc, AFullDiskWithoutEndedAllocationsHasNoGarbage) {
  EXPECT_THAT(choose_garbage({}, {}, {.disk_percent = 100, .inode_percent = 100}).allocs, IsEmpty());
}

}  // namespace
}  // namespace drover::client
