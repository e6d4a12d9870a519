#include "client/stats/disk_watch.h"

#include <gtest/gtest.h>

namespace drover::client {
namespace {

using namespace std::chrono_literals;
using Verdict = DiskWatch::Verdict;

constexpr uint64_t kMegabyte = 1 << 20;

TEST(DiskWatch, WarnsOnceAndEndsWhatUsesMoreThanItAskedFor) {
  DiskWatch watch;
  EXPECT_EQ(watch.on_usage(89 * kMegabyte, 100), Verdict::Fine);
  EXPECT_EQ(watch.on_usage(90 * kMegabyte, 100), Verdict::Warn);
  EXPECT_EQ(watch.on_usage(95 * kMegabyte, 100), Verdict::Fine);
  EXPECT_EQ(watch.on_usage(100 * kMegabyte, 100), Verdict::Fine);
  EXPECT_EQ(watch.on_usage(100 * kMegabyte + 1, 100), Verdict::Exceeded);
}

TEST(DiskWatch, WarnsAgainAfterTheUseWasLower) {
  DiskWatch watch;
  EXPECT_EQ(watch.on_usage(95 * kMegabyte, 100), Verdict::Warn);
  EXPECT_EQ(watch.on_usage(50 * kMegabyte, 100), Verdict::Fine);
  EXPECT_EQ(watch.on_usage(95 * kMegabyte, 100), Verdict::Warn);
}

TEST(DiskWatch, MeasuresLargeDirectoriesLessOften) {
  EXPECT_EQ(measure_again_after(1ms), 5s);
  EXPECT_EQ(measure_again_after(3s), 60s);
}

}  // namespace
}  // namespace drover::client
