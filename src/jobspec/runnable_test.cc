#include "jobspec/runnable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobspec/example.h"
#include "jobspec/test_support.h"

namespace drover::jobspec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> refused(void (*change)(model::Job&)) {
  model::Job job;
  job.task_groups.emplace_back().tasks.emplace_back();
  change(job);
  Diagnostics diagnostics;
  check_runnable(job, diagnostics);
  return diagnostics.errors();
}

TEST(Runnable, AcceptsServiceAndBatchJobs) {
  EXPECT_THAT(refused([](model::Job&) {}), IsEmpty());
  EXPECT_THAT(refused([](model::Job& j) { j.type = model::JobType::Batch; }), IsEmpty());
}

TEST(Runnable, RefusesByFieldAndName) {
  EXPECT_THAT(refused([](model::Job& j) { j.type = model::JobType::System; }),
              ElementsAre("Type: type = \"system\" is not supported by this version of drover"));
  EXPECT_THAT(refused([](model::Job& j) { j.periodic.emplace(); }), ElementsAre(HasSubstr("Periodic: \"periodic\"")));
  EXPECT_THAT(refused([](model::Job& j) { j.parameterized.emplace(); }), ElementsAre(HasSubstr("\"parameterized\"")));
  EXPECT_THAT(refused([](model::Job& j) { j.ns = "other"; }), ElementsAre(HasSubstr("Namespace: ")));
  EXPECT_THAT(refused([](model::Job& j) { j.task_groups[0].tasks[0].artifacts.emplace_back(); }),
              ElementsAre(HasSubstr("TaskGroups[0].Tasks[0].Artifacts: \"artifact\"")));
  EXPECT_THAT(refused([](model::Job& j) { j.task_groups[0].tasks[0].templates.emplace_back(); }),
              ElementsAre(HasSubstr("TaskGroups[0].Tasks[0].Templates: \"template\"")));
  EXPECT_THAT(refused([](model::Job& j) { j.task_groups[0].networks.emplace_back().mode = "bridge"; }),
              ElementsAre(HasSubstr("TaskGroups[0].Networks[0].Mode: ")));
}

TEST(Runnable, SaysOnceWhatHappensInsteadOfRollingUpdates) {
  const Outcome out = outcome_of(R"(job "a" {
    datacenters = ["dc1"]
    update {
      max_parallel = 2
    }
    group "x" {
      count = 3
      task "t" { driver = "docker" }
    }
    group "y" {
      count = 4
      task "t" { driver = "docker" }
    }
    group "z" {
      count = 2
      task "t" { driver = "docker" }
    }
  })");
  EXPECT_TRUE(out.accepted) << out.all;
  EXPECT_THAT(out.warnings,
              ElementsAre(HasSubstr("4:7: a rolling update is not supported by this version of drover: ")));
}

TEST(Runnable, RefusesCanariesAndAutomaticReverts) {
  EXPECT_THAT(refused([](model::Job& j) { j.task_groups[0].update = {.max_parallel = 0, .canary = 1}; }),
              ElementsAre(HasSubstr("TaskGroups[0].Update.Canary: ")));
  EXPECT_THAT(refused([](model::Job& j) { j.task_groups[0].update = {.max_parallel = 0, .auto_revert = true}; }),
              ElementsAre(HasSubstr("TaskGroups[0].Update.AutoRevert: ")));
}

TEST(Runnable, IsNotAskedForWhenOnlyValidating) {
  const char* text = R"(job "a" {
    type        = "batch"
    datacenters = ["dc1"]
    periodic {
      cron = "@daily"
    }
    task "t" {
      driver = "docker"
    }
  })";
  EXPECT_TRUE(outcome_of(text, Purpose::Validate).accepted);
  EXPECT_THAT(outcome_of(text).errors, ElementsAre(HasSubstr("\"periodic\" is not supported")));
}

TEST(ExampleJobs, RunAsTheyAre) {
  for (const std::string_view text : {example_job(), short_example_job()}) {
    const Outcome out = outcome_of(text);
    EXPECT_TRUE(out.accepted) << out.all;
    EXPECT_THAT(out.warnings, IsEmpty());
    EXPECT_EQ(out.job.id, "example");
  }
}

}  // namespace
}  // namespace drover::jobspec
