#include "jobspec/differences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobspec/example.h"
#include "jobspec/test_support.h"

namespace drover::jobspec {
namespace {

using testing::IsEmpty;

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
