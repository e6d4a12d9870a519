#include "api/job_diff.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/describe.h"
#include "codec/json.h"

namespace drover::api {
namespace {

using codec::DiffType;
using testing::ElementsAre;

// A job of one group "g" with the tasks that are given.
model::Job job_with(std::vector<model::Task> tasks) {
  model::Job job;
  job.id = "a";
  job.datacenters = {"dc1"};
  model::TaskGroup group;
  group.name = "g";
  group.tasks = std::move(tasks);
  job.task_groups.push_back(std::move(group));
  return job;
}

model::Task task_named(const std::string& name) {
  model::Task task;
  task.name = name;
  task.driver = "docker";
  task.env["A"] = "1";
  return task;
}

// "Name Type" of each object.
std::vector<std::string> names(const std::vector<codec::ObjectDiff>& objects) {
  std::vector<std::string> out;
  for (const auto& object : objects) {
    out.push_back(object.name + " " +
                  std::string(codec::enum_name(codec::type_of<DiffType>(), static_cast<int64_t>(object.type))));
  }
  return out;
}

std::string task_annotation(const model::Job& before, const model::Job& after) {
  JobDiff diff = diff_jobs(&before, &after);
  annotate(diff, {});
  const TaskDiff& task = diff.task_groups.at(0).tasks.at(0);
  return task.annotations.empty() ? "" : task.annotations[0];
}

TEST(JobDiff, NamesEveryGroupAndTaskAndNothingElseThatStays) {
  const model::Job job = job_with({task_named("t"), task_named("u")});
  const JobDiff diff = diff_jobs(&job, &job);
  EXPECT_EQ(diff.type, DiffType::None);
  EXPECT_TRUE(diff.fields.empty() && diff.objects.empty());
  ASSERT_EQ(diff.task_groups.size(), 1u);
  EXPECT_EQ(diff.task_groups[0].tasks.size(), 2u);
  EXPECT_TRUE(diff.task_groups[0].fields.empty() && diff.task_groups[0].objects.empty());
  EXPECT_TRUE(diff.task_groups[0].tasks[0].fields.empty() && diff.task_groups[0].tasks[0].objects.empty());
}

TEST(JobDiff, AnObjectThatChangesIsShownWithWhatStays) {
  const model::Job before = job_with({task_named("t")});
  model::Job after = before;
  after.task_groups[0].tasks[0].resources.cpu = 777;
  after.datacenters = {"dc1", "dc2"};
  after.priority = 70;
  const JobDiff diff = diff_jobs(&before, &after);
  ASSERT_EQ(diff.fields.size(), 1u);
  EXPECT_EQ(diff.fields[0].name, "Priority");
  EXPECT_THAT(names(diff.objects), ElementsAre("Datacenters Edited"));
  EXPECT_EQ(diff.objects[0].fields.size(), 2u);
  const TaskDiff& task = diff.task_groups.at(0).tasks.at(0);
  EXPECT_THAT(names(task.objects), ElementsAre("Resources Edited"));
  const auto& fields = task.objects[0].fields;
  EXPECT_TRUE(std::ranges::is_sorted(fields, {}, &codec::FieldDiff::name));
  EXPECT_TRUE(std::ranges::any_of(fields, [](const auto& f) { return f.type == DiffType::None; }));
}

TEST(JobDiff, PortsAreNamedByTheirKind) {
  const model::Job before = job_with({});
  model::Job after = before;
  model::Network network;
  network.reserved_ports.push_back({.label = "a", .value = 80});
  network.dynamic_ports.push_back({.label = "b"});
  after.task_groups[0].networks.push_back(network);
  const JobDiff diff = diff_jobs(&before, &after);
  ASSERT_THAT(names(diff.task_groups.at(0).objects), ElementsAre("Network Added"));
  EXPECT_THAT(names(diff.task_groups[0].objects[0].objects), ElementsAre("Static Port Added", "Dynamic Port Added"));
}

TEST(JobDiff, TasksSayWhatTheirChangesForce) {
  const model::Job before = job_with({task_named("t")});
  model::Job after = before;
  EXPECT_EQ(task_annotation(before, after), "");
  after.task_groups[0].tasks[0].env["A"] = "2";
  EXPECT_EQ(task_annotation(before, after), "forces create/destroy update");
  after = before;
  after.task_groups[0].tasks[0].kill_timeout = std::chrono::seconds(77);
  EXPECT_EQ(task_annotation(before, after), "forces in-place update");
  after = before;
  after.task_groups[0].tasks[0].constraints.push_back({.ltarget = "${node.class}", .rtarget = "x", .operand = "="});
  EXPECT_EQ(task_annotation(before, after), "forces in-place update");
}

TEST(JobDiff, ANewJobForcesCreateAndAGoneOneForcesDestroy) {
  const model::Job job = job_with({task_named("t")});
  JobDiff added = diff_jobs(nullptr, &job);
  annotate(added, {{"g", {.place = 3}}});
  EXPECT_EQ(added.type, DiffType::Added);
  EXPECT_EQ(added.task_groups.at(0).updates.at("create"), 3u);
  EXPECT_THAT(added.task_groups[0].tasks.at(0).annotations, ElementsAre("forces create"));
  JobDiff deleted = diff_jobs(&job, nullptr);
  annotate(deleted, {});
  EXPECT_EQ(deleted.type, DiffType::Deleted);
  EXPECT_THAT(deleted.task_groups.at(0).tasks.at(0).annotations, ElementsAre("forces destroy"));
}

TEST(JobDiff, TheCountSaysWhichWayItGoes) {
  const model::Job before = job_with({task_named("t")});
  for (const auto& [count, annotation] : {std::pair(5, "forces create"), {0, "forces destroy"}}) {
    model::Job after = before;
    after.task_groups[0].count = count;
    JobDiff diff = diff_jobs(&before, &after);
    annotate(diff, {});
    ASSERT_EQ(diff.task_groups.at(0).fields.size(), 1u);
    EXPECT_THAT(diff.task_groups[0].fields[0].annotations, ElementsAre(annotation));
  }
}

}  // namespace
}  // namespace drover::api
