#include "state/ask.h"

#include "state/holdings.h"

#include <gtest/gtest.h>

namespace drover::state {
namespace {

model::Task task_of(const std::string& stage, int32_t cpu, int32_t memory_mb, int32_t memory_max_mb = 0) {
  model::Task task{.name = "t", .stage = stage};
  task.resources.cpu = cpu;
  task.resources.memory_mb = memory_mb;
  task.resources.memory_max_mb = memory_max_mb;
  return task;
}

TEST(GroupAsk, OfStagesTheLargestCounts) {
  model::TaskGroup group;
  group.tasks = {task_of("a", 100, 512), task_of("b", 300, 64), task_of("a", 150, 64), task_of("", 50, 10)};
  const GroupAsk ask = group_ask(group);
  EXPECT_EQ(ask.cpu, 300 + 50);
  EXPECT_EQ(ask.memory_mb, 512 + 64 + 10);
  EXPECT_EQ(ask.memory_max_mb, 512 + 64 + 10);
}

TEST(GroupAsk, OfCoresTheLargestStageCountsAndDevicesKeepTheirs) {
  model::TaskGroup group;
  group.tasks = {task_of("b", 0, 1), task_of("a", 0, 1), task_of("a", 0, 1), task_of("", 0, 1)};
  for (model::Task& task : group.tasks) {
    task.resources.cores = 2;
    task.resources.devices = {{.name = "gpu", .count = 1}};
  }
  const GroupAsk ask = group_ask(group);
  EXPECT_EQ(ask.cores, 4 + 2);
  std::vector<std::string> stages;
  for (const DeviceAsk& device : ask.devices) stages.push_back(device.stage);
  EXPECT_EQ(stages, (std::vector<std::string>{"", "a", "a", "b"}));
}

TEST(HoldingsOf, AnAllocationHasWhatItsStagesShareOnce) {
  model::Allocation alloc;
  alloc.cores = {{.task = "x", .cores = {2, 3}}, {.task = "y", .cores = {2}}};
  alloc.devices = {{.task = "x", .vendor = "nvidia", .type = "gpu", .name = "T4", .device_ids = {"b", "a"}},
                   {.task = "y", .vendor = "nvidia", .type = "gpu", .name = "T4", .device_ids = {"a"}}};
  const Holdings own = holdings_of(alloc);
  EXPECT_EQ(own.cores, (std::vector<int32_t>{2, 3}));
  EXPECT_EQ(own.devices, (std::vector<UsedDevice>{{"nvidia/gpu/T4", "a"}, {"nvidia/gpu/T4", "b"}}));
  Holdings node = own;
  EXPECT_FALSE(node.leaves_free(own, {}));
  EXPECT_TRUE(node.remove(own));
  EXPECT_TRUE(node.empty());
  EXPECT_FALSE(node.remove(own));
}

TEST(GroupAsk, SecretsThatAreSizedAreMemory) {
  model::TaskGroup group;
  group.tasks = {task_of("", 100, 512, 600), task_of("", 100, 64)};
  group.tasks[0].resources.secrets_mb = 5;
  EXPECT_EQ(group_ask(group).memory_mb, 512 + 5 + 64);
  EXPECT_EQ(group_ask(group).memory_max_mb, 600 + 5 + 64);
}

TEST(GroupAsk, WithoutStagesEverythingCounts) {
  model::TaskGroup group;
  group.tasks = {task_of("", 100, 512), task_of("", 300, 64, 100)};
  const GroupAsk ask = group_ask(group);
  EXPECT_EQ(ask.cpu, 400);
  EXPECT_EQ(ask.memory_mb, 576);
  EXPECT_EQ(ask.memory_max_mb, 612);
}

TEST(GroupAsk, WhatMayGrowWithoutLimitDoesSoInAnyStage) {
  model::TaskGroup group;
  group.tasks = {task_of("a", 100, 512, -1), task_of("b", 300, 64)};
  EXPECT_EQ(group_ask(group).memory_max_mb, -1);
}

}  // namespace
}  // namespace drover::state
