#include "jobspec/differences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobspec/example.h"
#include "jobspec/test_support.h"

namespace drover::jobspec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Differences, SaysOnceWhatHappensInsteadOfRollingUpdates) {
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
