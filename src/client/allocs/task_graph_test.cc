#include "client/allocs/task_graph.h"

#include <gtest/gtest.h>

namespace drover::client {
namespace {

using Condition = model::DependencyCondition;
using Kind = TaskOrder::Kind;
using Stage = TaskView::Stage;

const TaskView kWaiting;
const TaskView kRunning{.stage = Stage::Active, .running = true, .started = true};
const TaskView kHealthy{.stage = Stage::Active, .running = true, .started = true, .healthy = true};
const TaskView kSucceeded{.stage = Stage::Dead, .started = true};
const TaskView kFailed{.stage = Stage::Dead, .started = true, .failed = true};

model::TaskGroup group_of(std::vector<std::string> names) {
  model::TaskGroup group;
  for (auto& name : names) group.tasks.push_back({.name = std::move(name)});
  return group;
}

std::string text(const std::vector<TaskOrder>& orders) {
  std::string out;
  for (const auto& order : orders) {
    const char* kind = order.kind == Kind::Start ? "start " : order.kind == Kind::Kill ? "kill " : "fail ";
    out += (out.empty() ? "" : ", ") + std::string(kind) + order.task;
  }
  return out;
}

TEST(TaskGraph, StartsIndependentTasksTogether) {
  const auto group = group_of({"a", "b"});
  EXPECT_EQ(text(plan_tasks(group, {{"a", kWaiting}, {"b", kWaiting}}, GroupGoal::Run)), "start a, start b");
  EXPECT_EQ(text(plan_tasks(group, {{"a", kRunning}, {"b", kRunning}}, GroupGoal::Run)), "");
}

TEST(TaskGraph, WaitsForEachConditionOfATaskItDependsOn) {
  struct Row {
    Condition condition;
    TaskView needed;
    const char* orders;
  };
  const Row rows[] = {
      {Condition::Started, kWaiting, "start a"},    {Condition::Started, kRunning, "start b"},
      {Condition::Started, kSucceeded, "start b"},  {Condition::Healthy, kRunning, ""},
      {Condition::Healthy, kHealthy, "start b"},    {Condition::Healthy, kSucceeded, "fail b"},
      {Condition::Succeeded, kRunning, ""},         {Condition::Succeeded, kSucceeded, "start b"},
      {Condition::Succeeded, kFailed, "kill b"},    {Condition::Finished, kRunning, ""},
      {Condition::Finished, kSucceeded, "start b"}, {Condition::Finished, kFailed, "start b"},
  };
  for (const auto& row : rows) {
    auto group = group_of({"a", "b"});
    group.tasks[1].depends_on = {{.task = "a", .condition = row.condition}};
    EXPECT_EQ(text(plan_tasks(group, {{"a", row.needed}, {"b", kWaiting}}, GroupGoal::Run)), row.orders);
  }
}

TEST(TaskGraph, AFailedTaskEndsItsSiblings) {
  const auto group = group_of({"a", "b", "c"});
  const auto orders = plan_tasks(group, {{"a", kFailed}, {"b", kRunning}, {"c", kSucceeded}}, GroupGoal::Run);
  EXPECT_EQ(text(orders), "kill b");
  EXPECT_EQ(orders[0].event, "Sibling Task Failed");
}

TEST(TaskGraph, AFailureThatIsWaitedForStopsNobody) {
  auto group = group_of({"a", "b", "c"});
  group.tasks[1].depends_on = {{.task = "a", .condition = Condition::Finished}};
  EXPECT_EQ(text(plan_tasks(group, {{"a", kFailed}, {"b", kRunning}, {"c", kRunning}}, GroupGoal::Run)), "");
}

TEST(TaskGraph, TheEndOfTheLeaderEndsTheRest) {
  auto group = group_of({"a", "b"});
  group.tasks[0].leader = true;
  const auto orders = plan_tasks(group, {{"a", kSucceeded}, {"b", kRunning}}, GroupGoal::Run);
  EXPECT_EQ(text(orders), "kill b");
  EXPECT_EQ(orders[0].event, "Leader Task Dead");
}

TEST(TaskGraph, StopsTheLeaderFirst) {
  auto group = group_of({"a", "b"});
  group.tasks[1].leader = true;
  EXPECT_EQ(text(plan_tasks(group, {{"a", kRunning}, {"b", kRunning}}, GroupGoal::Stop)), "kill b");
  TaskView dying = kRunning;
  dying.killed = true;
  EXPECT_EQ(text(plan_tasks(group, {{"a", kRunning}, {"b", dying}}, GroupGoal::Stop)), "");
  EXPECT_EQ(text(plan_tasks(group, {{"a", kRunning}, {"b", kSucceeded}}, GroupGoal::Stop)), "kill a");
}

// ---- Lifecycle hooks

// "pre", "main" and so on are hooks of a group with each kind of task; sidecars end in "+".
model::TaskGroup hooked(std::vector<std::string> names) {
  auto group = group_of(std::move(names));
  for (auto& task : group.tasks) {
    const bool sidecar = task.name.ends_with('+');
    if (task.name.starts_with("pre")) task.lifecycle = {.hook = "prestart", .sidecar = sidecar};
    if (task.name.starts_with("post")) task.lifecycle = {.hook = "poststart", .sidecar = sidecar};
    if (task.name.starts_with("end")) task.lifecycle = {.hook = "poststop"};
  }
  return group;
}

const TaskView kKilled{.stage = Stage::Dead, .started = true, .killed = true};
const TaskView kKilledBefore{.stage = Stage::Dead, .killed = true};
const TaskView kDying{.stage = Stage::Active, .running = true, .started = true, .killed = true};

TEST(TaskGraph, RunsEachHookInItsPlace) {
  const auto group = hooked({"main", "pre", "pre+", "post", "post+", "end"});
  TaskViews views;
  for (const auto& task : group.tasks) views[task.name] = kWaiting;
  EXPECT_EQ(text(plan_tasks(group, views, GroupGoal::Run)), "start pre, start pre+");
  views["pre"] = views["pre+"] = kRunning;
  EXPECT_EQ(text(plan_tasks(group, views, GroupGoal::Run)), "");
  views["pre"] = kSucceeded;
  EXPECT_EQ(text(plan_tasks(group, views, GroupGoal::Run)), "start main");
  views["main"] = kRunning;
  EXPECT_EQ(text(plan_tasks(group, views, GroupGoal::Run)), "start post, start post+");
  views["post"] = kSucceeded;
  views["post+"] = kRunning;
  EXPECT_EQ(text(plan_tasks(group, views, GroupGoal::Run)), "");
  views["main"] = kSucceeded;
  const auto orders = plan_tasks(group, views, GroupGoal::Run);
  EXPECT_EQ(text(orders), "kill pre+, kill post+");
  EXPECT_EQ(orders[0].event, "Main Tasks Dead");
  views["pre+"] = views["post+"] = kKilled;
  EXPECT_EQ(text(plan_tasks(group, views, GroupGoal::Run)), "start end");
  views["end"] = kRunning;
  EXPECT_EQ(text(plan_tasks(group, views, GroupGoal::Run)), "");
}

TEST(TaskGraph, MainTasksWaitForEveryPrestartTaskAndPoststartOnesForEveryMainTask) {
  const auto group = hooked({"a", "b", "pre1", "pre2", "post"});
  EXPECT_EQ(
      text(plan_tasks(group, {{"a", kWaiting}, {"b", kWaiting}, {"pre1", kSucceeded}, {"pre2", kRunning}, {"post", {}}},
                      GroupGoal::Run)),
      "");
  EXPECT_EQ(text(plan_tasks(
                group, {{"a", kRunning}, {"b", kWaiting}, {"pre1", kSucceeded}, {"pre2", kSucceeded}, {"post", {}}},
                GroupGoal::Run)),
            "start b");
}

TEST(TaskGraph, AFailedPrestartTaskEndsTheRestAndPoststopRuns) {
  const auto group = hooked({"main", "pre", "pre+", "end"});
  TaskViews views = {{"main", kWaiting}, {"pre", kFailed}, {"pre+", kRunning}, {"end", kWaiting}};
  EXPECT_EQ(text(plan_tasks(group, views, GroupGoal::Run)), "kill main");
  views["main"] = kKilledBefore;
  EXPECT_EQ(text(plan_tasks(group, views, GroupGoal::Run)), "kill pre+");
  views["pre+"] = kKilled;
  EXPECT_EQ(text(plan_tasks(group, views, GroupGoal::Run)), "start end");
}

TEST(TaskGraph, StopsTheLeaderThenMainTasksThenSidecarsThenRunsPoststop) {
  auto group = hooked({"lead", "main", "pre+", "end"});
  group.tasks[0].leader = true;
  TaskViews views = {{"lead", kRunning}, {"main", kRunning}, {"pre+", kRunning}, {"end", kWaiting}};
  EXPECT_EQ(text(plan_tasks(group, views, GroupGoal::Stop)), "kill lead");
  views["lead"] = kKilled;
  EXPECT_EQ(text(plan_tasks(group, views, GroupGoal::Stop)), "kill main");
  views["main"] = kDying;
  EXPECT_EQ(text(plan_tasks(group, views, GroupGoal::Stop)), "");
  views["main"] = kKilled;
  EXPECT_EQ(text(plan_tasks(group, views, GroupGoal::Stop)), "kill pre+");
  views["pre+"] = kKilled;
  EXPECT_EQ(text(plan_tasks(group, views, GroupGoal::Stop)), "start end");
  views["end"] = kRunning;
  EXPECT_EQ(text(plan_tasks(group, views, GroupGoal::Stop)), "");
  EXPECT_EQ(text(plan_tasks(group, views, GroupGoal::Abandon)), "kill end");
}

TEST(TaskGraph, WhatNeverBeganNeedsNoPoststop) {
  const auto group = hooked({"main", "end"});
  EXPECT_EQ(text(plan_tasks(group, {{"main", kKilledBefore}, {"end", kWaiting}}, GroupGoal::Stop)), "kill end");
}

TEST(TaskGraph, AFailedPoststopTaskEndsNoOther) {
  const auto group = hooked({"main", "end1", "end2"});
  EXPECT_EQ(text(plan_tasks(group, {{"main", kSucceeded}, {"end1", kFailed}, {"end2", kRunning}}, GroupGoal::Run)), "");
}

TEST(TaskGraph, StopsWhatNeverStarted) {
  const auto group = group_of({"a"});
  EXPECT_EQ(text(plan_tasks(group, {{"a", kWaiting}}, GroupGoal::Stop)), "kill a");
}

model::TaskState state(model::TaskStateKind kind, bool failed = false) {
  return {.state = kind, .failed = failed};
}

TEST(AllocStatus, AddsUpTheTasks) {
  using enum model::ClientStatus;
  using Kind = model::TaskStateKind;
  const auto pending = state(Kind::Pending);
  const auto running = state(Kind::Running);
  const auto done = state(Kind::Dead);
  const auto failed = state(Kind::Dead, true);
  EXPECT_EQ(alloc_status({{"a", pending}}).status, Pending);
  EXPECT_EQ(alloc_status({{"a", pending}, {"b", running}}).status, Running);
  EXPECT_EQ(alloc_status({{"a", done}, {"b", pending}}).status, Running);
  EXPECT_EQ(alloc_status({{"a", done}, {"b", done}}).status, Complete);
  EXPECT_EQ(alloc_status({{"a", failed}, {"b", done}}).status, Failed);
  EXPECT_EQ(alloc_status({{"a", failed}, {"b", running}}).status, Running);
}

}  // namespace
}  // namespace drover::client
