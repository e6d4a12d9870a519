#include "state/ask.h"

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
