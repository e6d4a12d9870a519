#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobspec/test_support.h"

namespace drover::jobspec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kJob = R"({"ID": "a", "Datacenters": ["dc1"], "TaskGroups": [
    {"Name": "g", "Tasks": [{"Name": "t", "Driver": "docker"MORE}]}]})";

Outcome with_task_keys(std::string_view more) {
  std::string text(kJob);
  return outcome_of(text.replace(text.find("MORE"), 4, more));
}

TEST(Json, IsReadWithAndWithoutItsWrapper) {
  for (const char* text :
       {R"({"Job": {"ID": "a"}})", R"({"ID": "a"})", R"({"job": {"ID": "a"}, "EnforceIndex": true})"}) {
    EXPECT_EQ(tree_of(text), R"({"ID":"a"})");
    EXPECT_EQ(parse(text).format, Format::NomadJson);
  }
}

TEST(Json, KeysDoNotDependOnCase) {
  const Outcome out = outcome_of(R"({"job": {"id": "a", "datacenters": ["dc1"], "taskgroups": [
      {"name": "g", "tasks": [{"name": "t", "driver": "docker"}]}]}})");
  ASSERT_TRUE(out.accepted) << out.all;
  EXPECT_EQ(out.job.task_groups[0].tasks[0].name, "t");
}

TEST(Json, WhatTheServerSetsIsIgnored) {
  const Outcome out = outcome_of(R"({"ID": "a", "Status": "dead", "Version": 9, "ModifyIndex": 5, "Stop": true,
      "Datacenters": ["dc1"], "TaskGroups": [{"Name": "g", "Tasks": [{"Name": "t", "Driver": "docker"}]}]})");
  ASSERT_TRUE(out.accepted) << out.all;
  EXPECT_EQ(out.job.version, 0u);
  EXPECT_EQ(out.job.modify_index, 0u);
  EXPECT_FALSE(out.job.stop);
}

TEST(Json, TypesAreCheckedAllAtOnceWithPositions) {
  const Outcome out = outcome_of(R"({"ID": "a", "Priority": "high", "Datacenters": ["dc1"], "TaskGroups": [
      {"Name": "g", "Count": 1.5, "Tasks": [{"Name": "t", "Driver": "docker", "KillTimeout": "soon"}]}]})");
  EXPECT_THAT(out.errors, ElementsAre(HasSubstr("1:13: "), HasSubstr("2:21: "), HasSubstr("2:79: ")));
}

TEST(Json, UnknownKeysAreWarnings) {
  const Outcome out = with_task_keys(R"(, "Drivr": "x")");
  EXPECT_TRUE(out.accepted) << out.all;
  EXPECT_THAT(out.warnings, ElementsAre(HasSubstr("2:63: unknown key \"Drivr\" is ignored, did you mean \"Driver\"?")));
}

TEST(Json, UnsupportedKeysAreRefusedByName) {
  EXPECT_THAT(with_task_keys(R"(, "Vault": {"Policies": ["x"]})").errors,
              ElementsAre(HasSubstr("2:63: \"Vault\" is not supported by this version of drover")));
  EXPECT_THAT(with_task_keys(R"(, "kind": "x")").errors, ElementsAre(HasSubstr("\"Kind\" is not supported")));
}

TEST(Json, UnsupportedKeysWithoutEffectAreAccepted) {
  const Outcome out = with_task_keys(R"(, "Vault": null, "Affinities": [], "Lifecycle": null, "Kind": "",
      "CSIPluginConfig": null, "VolumeMounts": null, "ScalingPolicies": null,
      "Services": [{"Name": "s", "Provider": "consul", "OnUpdate": "require_healthy", "EnableTagOverride": false,
                    "Meta": null, "CanaryTags": null, "Connect": null}])");
  EXPECT_TRUE(out.accepted) << out.all;
  EXPECT_THAT(out.warnings, IsEmpty());
}

TEST(Json, ATreeFromARequestBecomesAJob) {
  const codec::Value body = json(R"({"Job": {"ID": "a", "Datacenters": ["dc1"], "TaskGroups": [
      {"Name": "g", "Tasks": [{"Name": "t", "Driver": "docker"}]}]}, "EnforceIndex": false})");
  Diagnostics diagnostics;
  EXPECT_TRUE(to_job(unwrap_job(body), diagnostics).has_value());
  const auto refused = to_job(codec::Value("x"), diagnostics);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::InvalidArgument);
}

TEST(Limits, CountsAndNumbersThatCannotBeMeantAreRefused) {
  const auto count = [](std::string_view number) {
    return outcome_of(R"({"ID": "a", "Datacenters": ["dc1"], "TaskGroups": [{"Name": "g", "Count": )" +
                      std::string(number) + R"(, "Tasks": [{"Name": "t", "Driver": "docker"}]}]})");
  };
  EXPECT_TRUE(count("50000").accepted);
  for (const char* number : {"1000000000", "-1", "1.5", "9223372036854775808", "\"3\""}) {
    EXPECT_FALSE(count(number).accepted) << number;
  }
  EXPECT_FALSE(with_task_keys(R"(, "Resources": {"CPU": -5})").accepted);
  EXPECT_FALSE(with_task_keys(R"(, "Resources": {"MemoryMB": 4611686018427387904})").accepted);
}

TEST(Limits, DeepNestingIsRefusedQuickly) {
  const auto start = std::chrono::steady_clock::now();
  for (const std::string& text : {std::string(100'000, '['), "{\"Job\":" + std::string(100'000, '{'),
                                  "job \"a\" {" + std::string(100'000, '['), std::string(900'000, '(')}) {
    EXPECT_FALSE(parse(text).ok());
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

TEST(Limits, OfTheSource) {
  EXPECT_THAT(parse(std::string(kMaxSource + 1, '#')).diagnostics.errors(), ElementsAre(HasSubstr("at most 1048576")));
  EXPECT_THAT(parse("").diagnostics.errors(), ElementsAre("the job is empty"));
  EXPECT_FALSE(parse("[]").ok());
  EXPECT_FALSE(parse("{\"a\":").ok());
}

}  // namespace
}  // namespace drover::jobspec
