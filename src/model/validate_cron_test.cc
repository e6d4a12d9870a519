#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/validate_parts.h"

namespace drover::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> error_paths(const Periodic& periodic, JobType type = JobType::Batch) {
  Diagnostics diagnostics;
  validate_periodic(periodic, type, Problems(diagnostics));
  std::vector<std::string> paths;
  for (const auto& problem : diagnostics.all()) paths.push_back(problem.path);
  return paths;
}

TEST(ValidatePeriodic, TakesOneScheduleOrSeveral) {
  EXPECT_THAT(error_paths({.spec = "@daily"}), IsEmpty());
  EXPECT_THAT(error_paths({.specs = {"0 5 * * *", "0 4 * * MON"}}), IsEmpty());
  EXPECT_THAT(error_paths({.specs = {"0 5 * * *", "0 24 * * *", "0 0 30 2 *"}}), ElementsAre("Specs[1]", "Specs[2]"));
  EXPECT_THAT(error_paths({.spec = "@daily", .specs = {"@daily"}}), ElementsAre("Specs"));
  EXPECT_THAT(error_paths({}), ElementsAre("Spec"));
  EXPECT_THAT(error_paths({.spec = "@daily", .spec_type = "at"}), ElementsAre("SpecType"));
}

TEST(ValidatePeriodic, NeedsATimeZoneThatExists) {
  for (const char* zone : {"", "UTC", "Europe/Berlin", "Etc/GMT+3"}) {
    EXPECT_THAT(error_paths({.spec = "@daily", .time_zone = zone}), IsEmpty()) << zone;
  }
  for (const char* zone : {"Europe/Berlim", "Local", "/etc/localtime", "+01:00"}) {
    EXPECT_THAT(error_paths({.spec = "@daily", .time_zone = zone}), ElementsAre("TimeZone")) << zone;
  }
}

TEST(ValidatePeriodic, IsForBatchJobs) {
  EXPECT_THAT(error_paths({.spec = "@daily"}, JobType::Service), ElementsAre(""));
  EXPECT_THAT(error_paths({.spec = "@daily"}, JobType::Sysbatch), IsEmpty());
}

}  // namespace
}  // namespace drover::model
