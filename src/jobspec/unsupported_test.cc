#include "jobspec/unsupported.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobspec/test_support.h"

namespace drover::jobspec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string job_with(std::string_view job, std::string_view task = "") {
  return fmt::format(R"(job "a" {{
    datacenters = ["dc1"]
    {}
    group "g" {{
      task "t" {{
        driver = "raw_exec"
        config {{
          command = "/bin/true"
        }}
        {}
      }}
    }}
  }})",
                     job, task);
}

TEST(Unsupported, IsRefusedByNameAndPlace) {
  EXPECT_THAT(outcome_of(job_with("namespace = \"other\"")).errors,
              ElementsAre(HasSubstr("3:5: namespace = \"other\" is not supported by this version of drover")));
  EXPECT_THAT(outcome_of(job_with("", "secret \"s\" {\nprovider = \"vault\"\npath = \"x\"\n}")).errors,
              ElementsAre(HasSubstr("\"secret\" is not supported")));
}

TEST(Unsupported, IsAWarningWhenOnlyValidating) {
  const Outcome out = outcome_of(job_with("namespace = \"other\""), Purpose::Validate);
  EXPECT_TRUE(out.accepted) << out.all;
  EXPECT_THAT(out.warnings, ElementsAre(HasSubstr("namespace = \"other\" is not supported")));
}

TEST(Unsupported, DoesNotCountWhereItSaysWhatHappensAnyway) {
  EXPECT_THAT(outcome_of(job_with("type = \"service\"\nnamespace = \"default\"")).all, IsEmpty());
}

TEST(Unsupported, TellsOncePerBlock) {
  const auto errors =
      outcome_of(job_with("", "schedule {\n cron {\n start = \"0 8 * * * *\"\n end = \"0 18\"\n }\n}")).errors;
  EXPECT_THAT(errors, ElementsAre(HasSubstr("\"schedule\" is not supported")));
}

}  // namespace
}  // namespace drover::jobspec
