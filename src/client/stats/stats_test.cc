#include "client/stats/alloc_stats.h"
#include "client/stats/host_stats.h"

#include <gtest/gtest.h>

namespace drover::client {
namespace {

using namespace std::chrono_literals;

TEST(HostStats, ComputesPercentagesBetweenTwoSamples) {
  sys::HostSample earlier;
  earlier.cpus = {{.cpu = "cpu0", .user = 100, .system = 50, .idle = 850, .total = 1000}};
  sys::HostSample later = earlier;
  later.cpus = {{.cpu = "cpu0", .user = 150, .system = 75, .idle = 875, .total = 1100}};
  const auto stats = make_host_stats(earlier, later, 2000, {});
  ASSERT_EQ(stats.cpu.size(), 1u);
  EXPECT_DOUBLE_EQ(stats.cpu[0].user, 50);
  EXPECT_DOUBLE_EQ(stats.cpu[0].system, 25);
  EXPECT_DOUBLE_EQ(stats.cpu[0].idle, 25);
  EXPECT_DOUBLE_EQ(stats.cpu_ticks_consumed, 1500);
}

TEST(AllocStats, ComputesCpuUseOfATask) {
  const drivers::TaskStats earlier{.at = {.unix_nanos = 0}, .cpu_nanos = 0};
  const drivers::TaskStats later{
      .at = WallTime{} + 2s, .cpu_nanos = 1'000'000'000, .memory_rss_bytes = 4096, .pids = 3};
  const auto usage = make_task_usage(earlier, later, 3000);
  EXPECT_DOUBLE_EQ(usage.resource_usage.cpu_stats.percent, 50);
  EXPECT_DOUBLE_EQ(usage.resource_usage.cpu_stats.total_ticks, 1500);
  EXPECT_EQ(usage.resource_usage.memory_stats.rss, 4096u);
  EXPECT_EQ(usage.resource_usage.memory_stats.measured, std::vector<std::string>{"RSS"});
  EXPECT_EQ(usage.pids, 3u);
}

TEST(AllocStats, AddsTasksUp) {
  ResourceUsage sum;
  ResourceUsage one{.memory_stats = {.rss = 10, .measured = {"RSS"}}, .cpu_stats = {.percent = 5}};
  add_usage(sum, one);
  add_usage(sum, one);
  EXPECT_EQ(sum.memory_stats.rss, 20u);
  EXPECT_DOUBLE_EQ(sum.cpu_stats.percent, 10);
  EXPECT_EQ(sum.memory_stats.measured.size(), 1u);
}

}  // namespace
}  // namespace drover::client
