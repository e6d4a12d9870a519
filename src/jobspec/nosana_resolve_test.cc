#include "jobspec/nosana_resolve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobspec/test_support.h"

namespace drover::jobspec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

model::Task task_of(const std::string& args) {
  const std::string before = R"({"type": "container/run", "id": "a", "args": {"image": "x", "expose": [80]},
      "results": {"ports": ".*", "json": ".*", "none": ".*", "one": ".*"}, "execution": {"group": "1"}})";
  const Outcome out =
      outcome_of(fmt::format(
                     R"({{"version": "0.1", "type": "container", "ops": [{}, {{"type": "container/run", "id": "b",
          "execution": {{"group": "2"}}, "args": {}}}]}})",
                     before, args),
                 Purpose::Validate);
  EXPECT_TRUE(out.accepted) << out.all;
  return out.accepted ? out.job.task_groups.at(0).tasks.at(1) : model::Task{};
}

LiteralContext context() {
  LiteralContext out;
  out.globals["job"] = "JOB";
  out.operations["a"] = {.host = "JOB-0",
                         .endpoints = {{"80", "HASH.node"}},
                         .results = json(R"({"one": ["42"], "none": [], "json": ["{\"K\":\"V\"}"],
                                             "ports": ["[9000,{\"port\":81}]"]})")};
  return out;
}

TEST(NosanaResolve, WordsOfTheCommandAndTheEnvironmentAreReplaced) {
  const auto task =
      resolve_nosana_task(task_of(R"({"image": "x:%%ops.a.results.one%%", "cmd": ["echo", "%%ops.a.results.one%%",
                  "%%ops.a.results.none%%", "%%ops.a.results.json%%"],
                  "env": {"URL": "https://%%ops.a.endpoint.80%%/", "__spread__": "%%ops.a.results.json%%"}})"),
                          context());
  ASSERT_TRUE(task.has_value()) << task.error().message();
  EXPECT_EQ(*task->config.find("args"), json(R"(["echo", "42", "{\"K\":\"V\"}"])"));
  EXPECT_EQ(*task->config.find("image"), codec::Value("x:42"));
  EXPECT_EQ(task->env.at("URL"), "https://HASH.node/");
  EXPECT_EQ(task->env.at("K"), "V");
  EXPECT_FALSE(task->env.contains("__spread__"));
}

TEST(NosanaResolve, ALineOfTheShellStaysOneWord) {
  const auto task = resolve_nosana_task(task_of(R"({"image": "x", "cmd": "echo %%ops.a.host%%"})"), context());
  ASSERT_TRUE(task.has_value()) << task.error().message();
  EXPECT_EQ(*task->config.find("args"), json(R"(["/bin/sh", "-c", "echo JOB-0"])"));
}

TEST(NosanaResolve, PortsOfResultsAreExposed) {
  const auto task = resolve_nosana_task(
      task_of(R"({"image": "x", "expose": [1000, {"__spread__": "%%ops.a.results.ports%%"}]})"), context());
  ASSERT_TRUE(task.has_value()) << task.error().message();
  std::vector<std::string> ports;
  for (const auto& endpoint : task->endpoints) ports.push_back(endpoint.port);
  EXPECT_THAT(ports, ElementsAre("1000", "9000", "81"));
}

TEST(NosanaResolve, WhatIsNoPortIsRefused) {
  LiteralContext bad = context();
  bad.operations["a"].results = json(R"({"ports": ["{\"port\": 80, \"health_checks\": 7}"]})");
  const auto task =
      resolve_nosana_task(task_of(R"({"image": "x", "expose": [{"__spread__": "%%ops.a.results.ports%%"}]})"), bad);
  EXPECT_FALSE(task.has_value());
}

TEST(NosanaResolve, WhatIsNotKnownIsNamed) {
  LiteralContext nothing;
  const auto task = resolve_nosana_task(task_of(R"({"image": "x", "cmd": "%%ops.a.results.one%%"})"), nothing);
  ASSERT_FALSE(task.has_value());
  EXPECT_THAT(task.error().message(), HasSubstr("Unresolved literal: \"%%ops.a.results.one%%\""));
}

TEST(NosanaResolve, HostsAreNamesWhateverTheJobIsCalled) {
  EXPECT_EQ(nosana_host("job", 2), "job-2");
  EXPECT_EQ(nosana_host("a/dispatch-1 b.c", 0), "a-dispatch-1-b-c-0");
}

}  // namespace
}  // namespace drover::jobspec
