#include "drivers/schema.h"

#include "base/strings.h"
#include "codec/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drover::drivers {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> problems_of(std::string_view driver, std::string_view config,
                                     ConfigStage stage = ConfigStage::Submitted) {
  Diagnostics problems;
  validate_config(driver, *codec::parse_json(config), stage, problems);
  std::vector<std::string> out;
  for (const auto& problem : problems.all()) out.push_back(problem.path + ": " + problem.message);
  return out;
}

TEST(DriverSchema, TakesTheExampleJob) {
  EXPECT_THAT(problems_of("docker", R"({"image": "redis:7", "port_map": [{"db": 6379}], "labels": [{"a": 1}]})"),
              IsEmpty());
}

TEST(DriverSchema, TakesBlocksAsListsAndAsObjects) {
  EXPECT_THAT(problems_of("docker", R"({"image": "x", "auth": [{"username": "u"}, {"password": "p"}],
                                        "logging": {"type": "syslog", "config": [{"tag": "t"}]},
                                        "mounts": [{"target": "/x", "volume_options": [{"no_copy": "true"}]}]})"),
              IsEmpty());
}

TEST(DriverSchema, ReportsAllProblemsAtOnce) {
  EXPECT_THAT(problems_of("docker", R"({"imag": "redis", "comand": "x", "args": 7, "privileged": "maybe",
                                        "port_map": {"db": 70000}})"),
              ElementsAre(HasSubstr(R"(unknown key "imag", did you mean "image")"),
                          HasSubstr(R"(unknown key "comand", did you mean "command")"),
                          "Config.privileged: expected true or false, got string \"maybe\"",
                          HasSubstr("Config.image: is required"), HasSubstr("Config.port_map.db: must be a port")));
}

TEST(DriverSchema, RefusesKeysThatHaveNoEffectByName) {
  EXPECT_THAT(problems_of("docker", R"({"image": "x", "isolation": "hyperv"})"),
              ElementsAre(HasSubstr("Config.isolation: is for Windows only")));
}

TEST(DriverSchema, NeverShowsSecrets) {
  const auto problems = problems_of("docker", R"({"image": "x", "auth": {"password": ["hunter2"]}})");
  EXPECT_THAT(problems, ElementsAre(::testing::Not(HasSubstr("hunter2"))));
}

TEST(DriverSchema, LetsReferencesStandForAnyValueAtSubmissionOnly) {
  const auto config = R"({"image": "x", "port_map": {"db": "${meta.port}"}, "privileged": "${meta.p}"})";
  EXPECT_THAT(problems_of("docker", config), IsEmpty());
  EXPECT_EQ(problems_of("docker", config, ConfigStage::Interpolated).size(), 2u);
}

TEST(DriverSchema, SaysWhatToUseInsteadOfDriversThatAreGone) {
  EXPECT_THAT(problems_of("rkt", "{}"), ElementsAre(HasSubstr("rkt has been discontinued; use \"docker\"")));
  EXPECT_THAT(problems_of("dokcer", "{}"), ElementsAre(HasSubstr("did you mean \"docker\"?")));
  EXPECT_THAT(problems_of("", "{}"), ElementsAre(HasSubstr("a driver is required")));
}

TEST(DriverSchema, RequiresACommand) {
  EXPECT_THAT(problems_of("raw_exec", "{}"), ElementsAre(HasSubstr("Config.command: is required")));
  EXPECT_THAT(problems_of("java", "{}"), ElementsAre(HasSubstr("jar_path or class is required")));
}

TEST(DriverSchema, GivesThePortMap) {
  EXPECT_THAT(port_map_of("docker", *codec::parse_json(R"({"port_map": [{"db": "6379"}, {"web": 80}]})")),
              ElementsAre(std::pair("db", 6379), std::pair("web", 80)));
  EXPECT_THAT(port_map_of("raw_exec", codec::Value()), IsEmpty());
}

}  // namespace
}  // namespace drover::drivers
