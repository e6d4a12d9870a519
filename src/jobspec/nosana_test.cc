#include "jobspec/nosana.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobspec/nosana_test_support.h"
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
  return errors_in(parse(text));
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
  EXPECT_EQ(group.tasks[0].stage, "one");
  EXPECT_EQ(group.tasks[1].stage, "two / b");
  EXPECT_EQ(group.tasks[2].stage, "two - b");
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
  EXPECT_THAT(warnings_in(parsed), ElementsAre(HasSubstr("ops[0].args.cmd: ")));
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
      testing::IsSupersetOf({HasSubstr("version: "), HasSubstr("type: "), HasSubstr("ops[0].type: "),
                             HasSubstr("ops[1].type: "), HasSubstr("ops[1].args: "),
                             HasSubstr("Duplicate operation IDs found: a")}));
}

TEST(NosanaSchema, AnImageIsNeededSomewhere) {
  EXPECT_THAT(errors_of(definition(R"({"type": "container/run", "id": "a", "args": {}})")),
              ElementsAre(HasSubstr("\"image\" is missing")));
}

TEST(NosanaSchema, ChecksPortsResourcesAndChecks) {
  const auto bad = [](std::string_view args) { return !errors_of(with_args(args)).empty(); };
  EXPECT_FALSE(bad(R"("expose": 8080)"));
  EXPECT_FALSE(bad(R"("expose": ["8000-8010", {"port": 80, "type": "web"}])"));
  EXPECT_FALSE(bad(R"("expose": "%%global.job%%")"));
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
  EXPECT_THAT(warnings_in(parsed), ElementsAre(HasSubstr("continuous")));
}

TEST(NosanaSchema, DependenciesExist) {
  EXPECT_THAT(errors_of(definition(R"({"type": "container/run", "id": "a", "args": {"image": "x"},
                                       "execution": {"depends_on": ["a", "b"]}})")),
              ElementsAre(HasSubstr("cannot depend on itself"), HasSubstr("non existent op 'b'")));
}

TEST(NosanaSchema, MetaIsOpen) {
  for (const char* trigger : {"cli", "dashboard", "api", "deployment-manager"}) {
    EXPECT_THAT(
        errors_of(definition(R"({"type": "container/run", "id": "a", "args": {"image": "x"}})",
                             fmt::format(R"(, "meta": {{"trigger": "{}", "more": {{"a": [true]}}}})", trigger))),
        IsEmpty());
  }
}

// The task of an operation with these arguments.
Value task_of(std::string_view args) {
  const ParsedJob parsed = parse(with_args(args));
  EXPECT_TRUE(parsed.ok()) << parsed.diagnostics.to_error().message();
  if (!parsed.ok()) return {};
  return parsed.tree.find("TaskGroups")->as_array()->front().find("Tasks")->as_array()->front();
}

std::string part(const Value& task, std::string_view key) {
  const Value* value = task.find(key);
  return value ? codec::dump(*value) : "none";
}

TEST(NosanaLowering, GpusAreDevicesWithTheRequirementsAsConstraints) {
  const auto devices = [](std::string_view meta) {
    const ParsedJob parsed =
        parse(definition(R"({"type": "container/run", "id": "a", "args": {"image": "x", "gpu": true}})",
                         fmt::format(R"(, "meta": {})", meta)));
    EXPECT_TRUE(parsed.ok()) << parsed.diagnostics.to_error().message();
    const Value& group = parsed.tree.find("TaskGroups")->as_array()->front();
    return part(*group.find("Tasks")->as_array()->front().find("Resources"), "Devices");
  };
  EXPECT_EQ(devices("{}"), R"([{"Name":"nvidia/gpu","Count":1}])");
  for (const char* block : {"system_requirements", "system_resources"}) {
    EXPECT_EQ(devices(fmt::format(R"({{"{}": {{"required_vram": 18, "required_cuda": "12.8"}}}})", block)),
              R"([{"Name":"nvidia/gpu","Count":1,"Constraints":[)"
              R"({"LTarget":"${device.attr.memory}","Operand":"\u003e=","RTarget":"18 GB"},)"
              R"({"LTarget":"${device.attr.cuda_version}","Operand":"version","RTarget":"\u003e= 12.8"}]}])");
  }
  EXPECT_EQ(
      devices(
          R"({"system_requirements": {"vram_total_mb": 5500, "gpu_count": 2, "required_cuda": ["12.10", "12.9"]}})"),
      R"([{"Name":"nvidia/gpu","Count":2,"Constraints":[)"
      R"({"LTarget":"${device.attr.memory}","Operand":"\u003e=","RTarget":"5500 MB"},)"
      R"({"LTarget":"${device.attr.cuda_version}","Operand":"version","RTarget":"\u003e= 12.9"}]}])");
}

TEST(NosanaLowering, RequirementsThatCannotBeEnforcedAreErrors) {
  const auto errors = [](std::string_view requirements) {
    return errors_of(definition(
        "",
        fmt::format(
            R"(, "logistics": {{"send": {{"type": "api-listen", "args": {{}}}}}}, "meta": {{"system_requirements": {}}})",
            requirements)));
  };
  EXPECT_THAT(errors(R"({"required_vram": "much"})"),
              ElementsAre(HasSubstr("meta.system_requirements.required_vram: ")));
  EXPECT_THAT(errors(R"({"gpu_count": 1.5})"), ElementsAre(HasSubstr("gpu_count")));
  EXPECT_THAT(errors(R"({"required_vram": 0, "required_cuda": [], "other": true})"), IsEmpty());
}

TEST(NosanaLowering, ExposedPorts) {
  const Value task =
      task_of(R"("private": true, "expose": [80, "8000-8010", {"port": 90, "type": "web", "health_checks": [
      {"type": "http", "path": "/h", "method": "POST", "expected_status": 200, "body": {"a": 1}, "headers": {"X": "y"},
       "continuous": true}, {"type": "websocket", "expected_response": "ok", "continuous": false}]}])");
  EXPECT_EQ(part(task, "PrivateEndpoints"), "true");
  EXPECT_EQ(
      part(task, "Expose"),
      R"([{"Port":"80"},{"Port":"8000-8010"},{"Port":"90","Type":"web","Checks":[)"
      R"({"Type":"http","Path":"/h","Method":"POST","ExpectedStatus":200,"Headers":{"X":"y"},"Body":{"a":1},"Continuous":true},)"
      R"({"Type":"websocket","ExpectedResponse":"ok","Continuous":false}]}])");
}

TEST(NosanaLowering, ResourcesAreAssets) {
  const Value task = task_of(R"("resources": [
      {"type": "S3", "url": "https://s3.eu-west-1.amazonaws.com/b", "target": "/a", "files": ["f"], "allowWrite": true,
       "IAM": {"ACCESS_KEY_ID": "k", "SECRET_ACCESS_KEY": "s"}},
      {"type": "S3", "buckets": [{"url": "u", "files": ["g"]}], "target": "/b"},
      {"type": "HF", "repo": "r/m", "target": "/c", "revision": "v", "accessToken": "t"},
      {"type": "Ollama", "model": "llama3"}])");
  EXPECT_EQ(part(task, "Assets"),
            R"([{"Type":"S3","Target":"/a","URL":"https://s3.eu-west-1.amazonaws.com/b","Files":["f"],"Writable":true,)"
            R"("AccessKeyID":"k","SecretAccessKey":"s","Region":"eu-west-1"},)"
            R"({"Type":"S3","Target":"/b","Buckets":[{"URL":"u","Files":["g"]}]},)"
            R"({"Type":"HF","Target":"/c","Repo":"r/m","Revision":"v","AccessToken":"t"},)"
            R"({"Type":"Ollama","Target":"/root/.ollama/models","Model":"llama3"}])");
}

TEST(NosanaLowering, GroupsAreStages) {
  const Outcome out = outcome_of(definition(R"(
      {"type": "container/create-volume", "id": "v", "args": {"name": "data"}},
      {"type": "container/run", "id": "s", "args": {"image": "x", "volumes": [{"name": "data", "dest": "/d"}],
       "expose": [{"port": 80, "health_checks": [{"type": "http", "path": "/", "method": "GET", "expected_status": 200,
                                                  "continuous": false}]}]}, "execution": {"group": "g"},
       "results": {"r": "a.*", "t": {"regex": "b", "logType": ["stderr"]}}},
      {"type": "container/run", "id": "c", "args": {"image": "x"},
       "execution": {"group": "g", "depends_on": ["s"], "stop_if_dependent_stops": true}})"),
                                 Purpose::Validate);
  ASSERT_TRUE(out.accepted) << out.all;
  const model::TaskGroup& group = out.job.task_groups.at(0);
  EXPECT_EQ(group.volumes.at("data").type, "alloc");
  EXPECT_EQ(group.tasks[0].driver, "noop");
  EXPECT_EQ(group.tasks[0].stage, "v");
  EXPECT_EQ(group.tasks[1].stage, "g");
  EXPECT_EQ(group.tasks[1].volume_mounts.at(0).destination, "/d");
  EXPECT_EQ(group.tasks[1].results.at(1).streams, std::vector<std::string>{"stderr"});
  EXPECT_EQ(group.tasks[2].depends_on.at(0).condition, model::DependencyCondition::Healthy);
  EXPECT_TRUE(group.tasks[2].stop_with_dependencies);
}

TEST(NosanaLowering, RestartPolicies) {
  EXPECT_EQ(part(task_of(R"("restart_policy": "no")"), "RestartPolicy"), "none");
  EXPECT_THAT(part(task_of(R"("restart_policy": {"policy": "on-failure", "restart_tries": 3})"), "RestartPolicy"),
              HasSubstr(R"("Attempts":3)"));
  EXPECT_THAT(part(task_of(R"("restart_policy": "always")"), "RestartPolicy"), HasSubstr(R"("Mode":"delay")"));
}

TEST(NosanaLowering, VariablesAreReplacedAtOnceAndOtherLiteralsByTheNode) {
  const auto task = [](std::string_view args) {
    const ParsedJob parsed =
        parse(definition(fmt::format(R"({{"type": "container/run", "id": "a", "args": {}}})", args),
                         R"(, "global": {"variables": {"M": "m:1", "P": "8080", "C": "[\"serve\", \"--x\"]"}})"));
    EXPECT_TRUE(parsed.ok()) << parsed.diagnostics.to_error().message();
    return parsed.ok() ? parsed.tree.find("TaskGroups")->as_array()->front().find("Tasks")->as_array()->front()
                       : Value();
  };
  const Value known = task(R"({"image": "r/%%global.variables.M%%", "expose": "%%global.variables.P%%",
                               "cmd": ["%%global.variables.C%%"]})");
  EXPECT_EQ(part(known, "Literals"), "none");
  EXPECT_EQ(part(known, "Expose"), R"([{"Port":"8080"}])");
  EXPECT_EQ(part(known, "Config"), R"({"image":"r/m:1","command":"serve","args":["--x"]})");
  const Value later = task(R"({"image": "x", "cmd": ["a", "%%global.job%%"], "env": {"A": "%%global.variables.M%%"}})");
  EXPECT_EQ(part(later, "Literals"), "true");
  EXPECT_EQ(part(later, "Config"), R"({"image":"x","args":["a","%%global.job%%"]})");
}

TEST(NosanaLowering, WhatNodesHaveToProvideIsAccepted) {
  for (const char* args :
       {R"("gpu": false, "expose": [])", R"("volumes": [{"name": "v", "dest": "/v"}])", R"("gpu": true)",
        R"("expose": 80, "env": {"A": "%%global.job%%"})", R"("resources": [{"type": "Ollama", "model": "m"}])"}) {
    EXPECT_THAT(outcome_of(with_args(args)).errors, IsEmpty()) << args;
  }
}

TEST(NosanaLowering, AConfidentialJobHasNoOperationsUntilTheyAreDelivered) {
  const std::string stub = definition("", R"(, "logistics": {"send": {"type": "api-listen", "args": {}}})");
  EXPECT_TRUE(outcome_of(stub).accepted) << outcome_of(stub).all;
  EXPECT_THAT(errors_of(definition("", R"(, "logistics": {"receive": {"type": "api-listen", "args": {}}})")),
              ElementsAre(HasSubstr("no \"logistics.send\" that would bring them")));
  EXPECT_FALSE(parse(stub, {.nosana_delivered = true}).ok());
}

TEST(NosanaLiteralRules, FindWhatCanStandForNothing) {
  const auto errors = [](std::string_view text) {
    return errors_of(with_args(fmt::format(R"("env": {{"A": "{}"}})", text)));
  };
  EXPECT_THAT(errors("%%ops.b.host%%"),
              ElementsAre(HasSubstr("ops[0].args.env.A: \"%%ops.b.host%%\": there is no operation")));
  EXPECT_THAT(errors("%%global.nope%%"), testing::SizeIs(1));
  EXPECT_THAT(errors("%%global.variables.X%%"), testing::SizeIs(1));
  EXPECT_THAT(errors("%%ops.a.results.x%%"), ElementsAre(HasSubstr("has no result")));
  EXPECT_THAT(errors("%%ops.a.endpoint.80%%"), ElementsAre(HasSubstr("exposes no port")));
  const auto endpoint_errors = [](std::string_view expose, std::string_view port) {
    return errors_of(with_args(fmt::format(R"({}, "env": {{"A": "https://%%ops.a.endpoint.{}%%/"}})", expose, port)));
  };
  EXPECT_THAT(endpoint_errors(R"("expose": [80, {"port": 81}, "90-92"])", "82"),
              ElementsAre("ops[0].args.env.A: \"%%ops.a.endpoint.82%%\": \"a\" does not expose port 82"));
  for (const char* port : {"80", "81", "90-92"}) {
    EXPECT_THAT(endpoint_errors(R"("expose": [80, {"port": 81}, "90-92"])", port), IsEmpty()) << port;
  }
  EXPECT_THAT(endpoint_errors(R"("private": true, "expose": 80)", "80"), ElementsAre(HasSubstr("\"a\" is private")));
  EXPECT_THAT(errors("%%ops.a.host%% 100%% %%x%%"), IsEmpty());
  EXPECT_THAT(parse(with_args(R"("env": {"A": "%%globals.variables.X%%"})")).diagnostics.warnings(),
              testing::SizeIs(1));
}

TEST(NosanaTraps, AreWarnedAbout) {
  const auto warnings = [](std::string_view args) { return parse(with_args(args)).diagnostics.warnings(); };
  EXPECT_THAT(warnings(R"("cmd": ["/bin/sh", "-c", "gunicorn", "-w", "4"])"), ElementsAre(HasSubstr("after \"-c\"")));
  EXPECT_THAT(warnings(R"("cmd": ["/bin/sh", "-c", "a b"])"), IsEmpty());
  EXPECT_THAT(parse(definition(R"({"type": "container/run", "id": "a", "args": {"image": "x", "expose": 80},
                                   "execution": {"group": "g"}},
                                  {"type": "container/run", "id": "b", "args": {"image": "x"},
                                   "execution": {"group": "g", "depends_on": ["a"]}})"))
                  .diagnostics.warnings(),
              ElementsAre(HasSubstr("without a health check")));
  EXPECT_THAT(
      parse(definition(R"({"type": "container/run", "id": "a", "args": {"image": "x"}, "results": {"r": "("}})"))
          .diagnostics.warnings(),
      ElementsAre(HasSubstr("SyntaxError")));
}

TEST(NosanaYaml, IsReadLikeJson) {
  const char* text =
      "# a comment\nversion: '0.1'\ntype: container\nops:\n  - type: container/run\n    id: a\n    args:\n"
      "      image: busybox\n      cmd: echo hi\n";
  const Outcome out = outcome_of(text);
  ASSERT_TRUE(out.accepted) << out.all;
  EXPECT_EQ(out.job.task_groups.at(0).tasks.at(0).name, "a");
  EXPECT_EQ(parse(text).format, Format::Nosana);
  EXPECT_EQ(parse("{ops: 1}", {.file = "x.yml"}).format, Format::Nosana);
  EXPECT_EQ(parse("job \"a\" {}").format, Format::Hcl);
}

TEST(NosanaYaml, ProblemsHavePositions) {
  const ParsedJob parsed =
      parse("version: 0.1\ntype: container\nops:\n  - id: a\n    type: container/run\n    args: {imag: x}\n",
            {.file = "a.yaml"});
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.diagnostics.all().front().pos.line, 1u);
  EXPECT_THAT(parsed.diagnostics.errors(), testing::Contains(testing::StartsWith("a.yaml:6:")));
  EXPECT_THAT(parse("version: '0.1'\nops: [", {.file = "a.yaml"}).diagnostics.errors(),
              ElementsAre(HasSubstr("a.yaml")));
}

}  // namespace
}  // namespace drover::jobspec
