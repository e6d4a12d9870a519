#include "model/job.h"

#include <gtest/gtest.h>

namespace drover::model {
namespace {

Job make_job() {
  Job job;
  job.id = "web";
  TaskGroup& group = job.task_groups.emplace_back();
  group.name = "api";
  for (const char* name : {"server", "helper"}) {
    Task& task = group.tasks.emplace_back();
    task.name = name;
    task.driver = "docker";
    task.env = {{"A", "1"}};
  }
  return job;
}

TEST(Job, FindsGroupsAndTasksByName) {
  const Job job = make_job();
  ASSERT_NE(job.find_group("api"), nullptr);
  EXPECT_EQ(job.find_group("none"), nullptr);
  EXPECT_NE(job.find_group("api")->find_task("helper"), nullptr);
  EXPECT_EQ(job.find_group("api")->find_task("none"), nullptr);
}

TEST(SameSpecification, IgnoresWhatTheServerSets) {
  const Job a = make_job();
  Job b = a;
  b.version = 7;
  b.status = JobStatus::Running;
  b.modify_index = 99;
  EXPECT_TRUE(same_specification(a, b));
  b.priority = 51;
  EXPECT_FALSE(same_specification(a, b));
}

TEST(DestructiveUpdate, IsNeededForWhatATaskIsStartedWith) {
  const Job a = make_job();
  const auto changed = [&](auto change) {
    Job b = a;
    change(b.task_groups[0]);
    return is_destructive_update(a, b, "api");
  };
  EXPECT_FALSE(changed([](TaskGroup&) {}));
  EXPECT_TRUE(changed([](TaskGroup& g) { g.tasks[0].driver = "exec"; }));
  EXPECT_TRUE(changed([](TaskGroup& g) { g.tasks[1].env["A"] = "2"; }));
  EXPECT_TRUE(changed([](TaskGroup& g) { g.tasks[0].resources.memory_mb = 512; }));
  EXPECT_TRUE(changed([](TaskGroup& g) { g.tasks[0].config = codec::Value::Object{{"image", "x"}}; }));
  EXPECT_TRUE(changed([](TaskGroup& g) { g.ephemeral_disk.size_mb = 500; }));
  EXPECT_TRUE(changed([](TaskGroup& g) { g.networks.emplace_back().mode = "host"; }));
  EXPECT_TRUE(changed([](TaskGroup& g) { g.tasks.pop_back(); }));
  EXPECT_TRUE(changed([](TaskGroup& g) { g.tasks[1].name = "other"; }));
}

TEST(DestructiveUpdate, IsNotNeededForTheRest) {
  const Job a = make_job();
  const auto changed = [&](auto change) {
    Job b = a;
    change(b);
    return is_destructive_update(a, b, "api");
  };
  EXPECT_FALSE(changed([](Job& j) { j.priority = 90; }));
  EXPECT_FALSE(changed([](Job& j) { j.task_groups[0].count = 5; }));
  EXPECT_FALSE(changed([](Job& j) { j.task_groups[0].services.emplace_back().name = "x"; }));
  EXPECT_FALSE(changed([](Job& j) { j.task_groups[0].tasks[0].kill_timeout = std::chrono::seconds(9); }));
  EXPECT_FALSE(changed([](Job& j) { j.task_groups[0].constraints.push_back({"${attr.a}", "b", "="}); }));
  EXPECT_FALSE(changed([](Job& j) { std::swap(j.task_groups[0].tasks[0], j.task_groups[0].tasks[1]); }));
  EXPECT_FALSE(changed([](Job& j) { j.task_groups.emplace_back().name = "another"; }));
}

TEST(DestructiveUpdate, ComparesTheMetaThatTheTaskSees) {
  Job a = make_job();
  a.meta["k"] = "v";
  Job moved = make_job();
  moved.task_groups[0].meta["k"] = "v";
  EXPECT_FALSE(is_destructive_update(a, moved, "api"));
  Job other = a;
  other.task_groups[0].meta["k"] = "w";
  EXPECT_TRUE(is_destructive_update(a, other, "api"));
}

TEST(DestructiveUpdate, IsNeededWhenTheGroupIsGone) {
  const Job a = make_job();
  EXPECT_TRUE(is_destructive_update(a, Job{}, "api"));
}

}  // namespace
}  // namespace drover::model
