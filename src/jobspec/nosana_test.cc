#include "jobspec/nosana.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobspec/test_support.h"

namespace drover::jobspec {
namespace {

using codec::Value;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string definition(std::string_view ops, std::string_view more = "") {
  return fmt::format(R"({{"version": "0.1", "type": "container", "ops": [{}]{}}})", ops, more);
}

std::string with_args(std::string_view args) {
  return definition(fmt::format(R"({{"type": "container/run", "id": "a", "args": {{"image": "x", {}}}}})", args));
}

std::vector<std::string> errors_of(std::string_view text) {
  return parse(text).diagnostics.errors();
}

Value config_of(std::string_view args) {
  const ParsedJob parsed = parse(with_args(args));
  EXPECT_TRUE(parsed.ok()) << parsed.diagnostics.to_error().message();
  if (!parsed.ok()) return {};
  const Value& group = parsed.tree.find("TaskGroups")->as_array()->front();
  return *group.find("Tasks")->as_array()->front().find("Config");
}

TEST(Nosana, IsRecognisedByItsContent) {
  EXPECT_EQ(parse(with_args(R"("gpu": false)")).format, Format::Nosana);
  EXPECT_EQ(parse(R"({"type": "container", "version": "0.1"})").format, Format::Nosana);
  EXPECT_EQ(parse(R"({"Type": "batch", "ID": "a"})").format, Format::NomadJson);
}

TEST(Nosana, OperationsRunInSequence) {
  const Outcome out = outcome_of(definition(R"(
      {"type": "container/run", "id": "one", "args": {"image": "a"}},
      {"type": "container/run", "id": "two / b", "args": {"image": "b"}},
      {"type": "container/run", "id": "two - b", "args": {"image": "c"}})"));
  ASSERT_TRUE(out.accepted) << out.all;
  EXPECT_EQ(out.job.type, model::JobType::Batch);
  const model::TaskGroup& group = out.job.task_groups.at(0);
  EXPECT_EQ(group.restart->attempts, 0);
  EXPECT_EQ(group.restart->mode, "fail");
  ASSERT_EQ(group.tasks.size(), 3u);
  EXPECT_EQ(group.tasks[1].name, "two---b");
  EXPECT_EQ(group.tasks[2].name, "two---b-2");
  EXPECT_EQ(group.tasks[2].depends_on.at(0).task, "two---b");
  EXPECT_EQ(group.tasks[2].depends_on.at(0).condition, model::DependencyCondition::Finished);
  EXPECT_THAT(group.tasks[0].depends_on, IsEmpty());
}

TEST(Nosana, TheJobIsNamedAfterItsFileOrItsContent) {
  const std::string text = with_args(R"("gpu": false)");
  EXPECT_EQ(*parse(text, {.file = "/tmp/my job.json"}).tree.find("ID"), Value("my-job"));
  EXPECT_THAT(*parse(text).tree.find("ID")->as_string(), testing::StartsWith("nosana-"));
  EXPECT_EQ(*parse(text).tree.find("ID"), *parse(text).tree.find("ID"));
}

TEST(NosanaCommand, AStringIsForTheShell) {
  EXPECT_EQ(config_of(R"("cmd": "echo $A | wc")"),
            json(R"({"image": "x", "command": "/bin/sh", "args": ["-c", "echo $A | wc"]})"));
}

TEST(NosanaCommand, AListIsTakenAsItIs) {
  EXPECT_EQ(config_of(R"("cmd": ["echo", "a b", ""])"),
            json(R"({"image": "x", "command": "echo", "args": ["a b", ""]})"));
  EXPECT_EQ(config_of(R"("cmd": ["nvidia-smi"])"), json(R"({"image": "x", "command": "nvidia-smi"})"));
  EXPECT_EQ(config_of(R"("cmd": [])"), json(R"({"image": "x"})"));
}

TEST(NosanaCommand, ALineInAListOfOneGoesThroughAShellWithAWarning) {
  const ParsedJob parsed = parse(with_args(R"("cmd": ["gunicorn -w 4"])"));
  EXPECT_THAT(parsed.diagnostics.warnings(), ElementsAre(HasSubstr("ops[0].args.cmd: ")));
  const Value config = config_of(R"("cmd": ["gunicorn -w 4"])");
  EXPECT_EQ(*config.find("command"), Value("/bin/sh"));
  EXPECT_EQ(config.find("args")->as_array()->back(), Value("gunicorn -w 4"));
}

TEST(NosanaCommand, AListOfOneIsTakenAsItIsWithAnEntrypoint) {
  EXPECT_EQ(config_of(R"("cmd": ["ls -l"], "entrypoint": ["sh", "-c"])"),
            json(R"({"image": "x", "command": "ls -l", "entrypoint": ["sh", "-c"]})"));
}

TEST(Nosana, GlobalValuesAreDefaults) {
  const ParsedJob parsed =
      parse(definition(R"({"type": "container/run", "id": "a", "args": {"env": {"B": "2"}}},
                                               {"type": "container/run", "id": "b", "args": {"image": "own", "work_dir": "/b"}})",
                       R"(, "global": {"image": "ubuntu", "entrypoint": "/bin/bash", "work_dir": "/w",
                                                            "env": {"A": "1", "B": "1"}})"));
  ASSERT_TRUE(parsed.ok()) << parsed.diagnostics.to_error().message();
  const auto& tasks = *parsed.tree.find("TaskGroups")->as_array()->front().find("Tasks")->as_array();
  EXPECT_EQ(*tasks[0].find("Config"), json(R"({"image": "ubuntu", "entrypoint": ["/bin/bash"], "work_dir": "/w"})"));
  EXPECT_EQ(*tasks[0].find("Env"), json(R"({"A": "1", "B": "2", "NOSANA_ID": "${NOMAD_JOB_ID}"})"));
  EXPECT_EQ(*tasks[1].find("Config"), json(R"({"image": "own", "entrypoint": ["/bin/bash"], "work_dir": "/b"})"));
}

TEST(Nosana, RegistryCredentialsGoToTheDriver) {
  const Value config =
      config_of(R"("authentication": {"docker": {"username": "u", "password": "p", "server": "r.io"}})");
  EXPECT_EQ(*config.find("auth"), json(R"([{"username": "u", "password": "p", "server_address": "r.io"}])"));
}

TEST(NosanaSchema, IsAClosedWorld) {
  EXPECT_THAT(errors_of(R"({"version": "0.1", "type": "container", "ops": [], "opps": 1})"),
              ElementsAre("opps: unknown key \"opps\", did you mean \"ops\"?"));
  EXPECT_THAT(errors_of(with_args(R"("comand": "ls")")), ElementsAre(HasSubstr("ops[0].args.comand: unknown key")));
  EXPECT_THAT(errors_of(with_args(R"("env": {"A": 1})")), ElementsAre("ops[0].args.env.A: expected a string, not 1"));
  EXPECT_THAT(errors_of(with_args(R"("cmd": ["a", 1])")), ElementsAre("ops[0].args.cmd[1]: expected a string, not 1"));
}

TEST(NosanaSchema, ReportsAllProblemsAtOnce) {
  EXPECT_THAT(
      errors_of(R"({"version": 1, "type": "vm", "ops": [{"id": "a", "type": "run", "args": {}}, {"id": "a"}]})"),
      ElementsAre(HasSubstr("version: "), HasSubstr("type: "), HasSubstr("ops[0].type: "), HasSubstr("ops[1]: "),
                  HasSubstr("ops[1]: "), HasSubstr("the id \"a\" is used twice")));
}

TEST(NosanaSchema, AnImageIsNeededSomewhere) {
  EXPECT_THAT(errors_of(definition(R"({"type": "container/run", "id": "a", "args": {}})")),
              ElementsAre(HasSubstr("\"image\" is missing")));
}

TEST(NosanaSchema, ChecksPortsResourcesAndChecks) {
  const auto bad = [](std::string_view args) { return !errors_of(with_args(args)).empty(); };
  EXPECT_FALSE(bad(R"("expose": 8080)"));
  EXPECT_FALSE(bad(R"("expose": ["8000-8010", {"port": 80, "type": "web"}])"));
  EXPECT_FALSE(bad(R"("expose": "%%global.variables.PORT%%")"));
  EXPECT_TRUE(bad(R"("expose": "80")"));
  EXPECT_TRUE(bad(R"("expose": 70000)"));
  EXPECT_TRUE(bad(R"("expose": [80, {"port": 80}])"));
  EXPECT_TRUE(bad(R"("expose": [{"port": 80, "health_checks": [{"type": "http"}]}])"));
  EXPECT_FALSE(bad(R"("resources": [{"type": "S3", "url": "https://x", "target": "/d/",
                                     "IAM": {"ACCESS_KEY_ID": "k", "SECRET_ACCESS_KEY": "s"}}])"));
  EXPECT_FALSE(bad(R"("resources": [{"type": "Ollama", "model": "m"}])"));
  EXPECT_TRUE(bad(R"("resources": [{"type": "HF", "target": "/d"}])"));
  EXPECT_TRUE(bad(R"("resources": [{"type": "S3", "target": "/d"}])"));
  EXPECT_TRUE(bad(R"("volumes": [{"name": "x"}])"));
  EXPECT_TRUE(bad(R"("restart_policy": "sometimes")"));
  EXPECT_TRUE(bad(R"("authentication": {"docker": {"user": "u"}})"));
}

TEST(NosanaSchema, AMissingContinuousIsOnlyAWarning) {
  const ParsedJob parsed = parse(with_args(R"("expose": [{"port": 80, "health_checks": [
      {"type": "http", "path": "/", "method": "GET", "expected_status": 200}]}])"));
  EXPECT_TRUE(parsed.ok());
  EXPECT_THAT(parsed.diagnostics.warnings(), ElementsAre(HasSubstr("continuous")));
}

TEST(NosanaSchema, DependenciesExist) {
  EXPECT_THAT(errors_of(definition(R"({"type": "container/run", "id": "a", "args": {"image": "x"},
                                       "execution": {"depends_on": ["a", "b"]}})")),
              ElementsAre(HasSubstr("it depends on itself"), HasSubstr("it depends on \"b\"")));
}

TEST(NosanaSchema, MetaIsOpen) {
  for (const char* trigger : {"cli", "dashboard", "api", "deployment-manager"}) {
    EXPECT_THAT(
        errors_of(definition(R"({"type": "container/run", "id": "a", "args": {"image": "x"}})",
                             fmt::format(R"(, "meta": {{"trigger": "{}", "more": {{"a": [true]}}}})", trigger))),
        IsEmpty());
  }
}

TEST(NosanaNeeds, AreRefusedByName) {
  const auto needs = [](std::string_view args) { return outcome_of(with_args(args)).errors; };
  EXPECT_THAT(needs(R"("gpu": true)"), ElementsAre(HasSubstr("\"gpu\" of a Nosana definition is not supported")));
  EXPECT_THAT(needs(R"("gpu": false, "expose": [])"), IsEmpty());
  EXPECT_THAT(needs(R"("expose": 80, "private": true)"), testing::SizeIs(2));
  EXPECT_THAT(needs(R"("volumes": [{"name": "v", "dest": "/v"}])"), ElementsAre(HasSubstr("\"volumes\"")));
  EXPECT_THAT(needs(R"("env": {"A": "%%ops.b.host%%"})"), ElementsAre(HasSubstr("%% literals")));
  EXPECT_THAT(needs(R"("cmd": ["__remove-if-empty__"])"), ElementsAre(HasSubstr("collection operators")));
  EXPECT_THAT(outcome_of(definition(R"({"type": "container/create-volume", "id": "v", "args": {"name": "x"}})")).errors,
              ElementsAre(HasSubstr("container/create-volume")));
}

TEST(NosanaNeeds, RequirementsOnTheMachineCount) {
  const auto with = [](std::string_view meta) {
    return outcome_of(definition(R"({"type": "container/run", "id": "a", "args": {"image": "x"}})",
                                 fmt::format(R"(, "meta": {})", meta)))
        .errors;
  };
  EXPECT_THAT(with(R"({"system_requirements": {"required_vram": 4}})"), ElementsAre(HasSubstr("required_vram")));
  EXPECT_THAT(with(R"({"system_resources": {"vram_total_mb": 4000}})"), ElementsAre(HasSubstr("vram_total_mb")));
  EXPECT_THAT(with(R"({"system_resources": {"required_vram": 0}})"), IsEmpty());
}

}  // namespace
}  // namespace drover::jobspec
