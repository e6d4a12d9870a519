#include "jobspec/convert.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "codec/describe.h"
#include "codec/json.h"
#include "jobspec/parse.h"

namespace drover::jobspec {
namespace {

using codec::Value;

Value tree_of(std::string_view text) {
  const ParsedJob parsed = parse(text, {.file = "f.json"});
  EXPECT_TRUE(parsed.ok()) << (parsed.ok() ? "" : parsed.diagnostics.errors()[0]) << "\n" << text;
  return parsed.tree;
}

Converted to_nosana_text(std::string_view text) {
  auto converted = convert(tree_of(text), JobLanguage::Nosana);
  EXPECT_TRUE(converted);
  return converted ? *converted : Converted{};
}

std::vector<std::string> paths(const Converted& converted) {
  std::vector<std::string> out;
  for (const LeftOut& item : converted.left_out) out.push_back(item.path);
  return out;
}

// The job of a tree as JSON, with all defaults.
std::string job_of(const Value& tree) {
  model::Job job;
  Diagnostics problems;
  EXPECT_TRUE(codec::decode_into(tree, job, problems));
  return codec::to_json(job, {.pretty = true});
}

// A definition becomes a job, and that job a definition that becomes the same job.
void expect_equivalent(std::string_view definition) {
  const Converted converted = to_nosana_text(definition);
  EXPECT_EQ(paths(converted), std::vector<std::string>{}) << converted.text;
  EXPECT_EQ(job_of(tree_of(converted.text)), job_of(tree_of(definition))) << converted.text;
}

std::string with_ops(const std::string& ops, const std::string& more = "") {
  return R"({"version": "0.1", "type": "container", "meta": {"trigger": "cli"}, )" + more + R"("ops": [)" + ops + "]}";
}

std::string run_op(const std::string& id, const std::string& args = "", const std::string& more = "") {
  return R"({"type": "container/run", "id": ")" + id + R"(", "args": {"image": "x")" +
         (args.empty() ? "" : ", " + args) + "}" + (more.empty() ? "" : ", " + more) + "}";
}

TEST(ConvertToNosana, GivesBackWhatADefinitionSaid) {
  expect_equivalent(with_ops(run_op("a", R"("cmd": "echo hi", "env": {"A": "1"}, "work_dir": "/w")")));
  expect_equivalent(with_ops(run_op("a", R"("cmd": ["echo", "a b"], "entrypoint": ["/bin/x"])")));
  expect_equivalent(with_ops(run_op("a", R"("cmd": ["echo"], "entrypoint": "/bin/x", "aliases": ["n", "m"])")));
  expect_equivalent(with_ops(run_op("a", R"("cmd": ["echo a b"])")));
  expect_equivalent(with_ops(run_op("a", R"("gpu": true)"), R"("deployment_id": "d", )"));
  expect_equivalent(with_ops(run_op("a", R"("restart_policy": "on-failure")")));
  expect_equivalent(with_ops(run_op("a", R"("restart_policy": {"policy": "on-failure", "restart_tries": 3})")));
  expect_equivalent(with_ops(run_op("a", R"("private": true, "expose": [80, {"port": 81, "type": "web",
      "health_checks": [{"type": "http", "path": "/", "method": "GET", "expected_status": 200, "continuous": false}]}])")));
  expect_equivalent(with_ops(run_op("a", R"("authentication": {"docker": {"username": "u", "password": "p",
      "server": "s"}})")));
  expect_equivalent(with_ops(run_op("a", R"("resources": [{"type": "HF", "repo": "r/r", "target": "/t"},
      {"type": "S3", "url": "https://b.s3.eu-west-1.amazonaws.com", "target": "/u",
       "IAM": {"ACCESS_KEY_ID": "k", "SECRET_ACCESS_KEY": "s"}}])")));
  expect_equivalent(with_ops(run_op("a", "", R"("results": {"x": "a.", "y": {"regex": "b", "logType": ["stdout"]}})")));
}

TEST(ConvertToNosana, KeepsTheOrderOfOperations) {
  expect_equivalent(with_ops(run_op("a") + "," + run_op("b") + "," + run_op("c")));
  const auto in = [](const std::string& group, const std::string& needs = "") {
    return R"("execution": {"group": ")" + group + "\"" +
           (needs.empty() ? "" : R"(, "depends_on": [")" + needs + "\"]") + "}";
  };
  expect_equivalent(with_ops(run_op("a", "", in("g")) + "," + run_op("b", "", in("g", "a"))));
  expect_equivalent(
      with_ops(run_op("a", "", in("g")) + "," + run_op("b", "", in("g")) + "," + run_op("c", "", in("h"))));
  expect_equivalent(with_ops(run_op("a", "", in("g")) + "," + run_op("b", "", in("h"))));
}

TEST(ConvertToNosana, KeepsVolumesAndRequirements) {
  expect_equivalent(with_ops(R"({"type": "container/create-volume", "id": "v", "args": {"name": "data"}},)" +
                             run_op("a", R"("volumes": [{"name": "data", "dest": "/d"}])")));
  expect_equivalent(R"({"version": "0.1", "type": "container", "meta": {"trigger": "cli", "system_requirements":
      {"required_vram": 18, "required_cuda": ["12.1"], "gpu_count": 2}}, "ops": [)" +
                    run_op("a", R"("gpu": true)") + "]}");
}

// What a store or a server hands back has no order of keys any more.
TEST(ConvertToNosana, TakesTheJobOfAServerToo) {
  const std::string definition = with_ops(run_op("a", R"("cmd": "x", "gpu": true)") + "," + run_op("b"));
  const auto json = codec::parse_json(job_of(tree_of(definition)));
  ASSERT_TRUE(json);
  const auto converted = convert(*json, JobLanguage::Nosana);
  ASSERT_TRUE(converted);
  EXPECT_EQ(paths(*converted), std::vector<std::string>{}) << converted->text;
  EXPECT_EQ(job_of(tree_of(converted->text)), job_of(tree_of(definition)));
}

TEST(ConvertToNosana, NamesWhatADefinitionCannotSay) {
  const Converted converted = to_nosana_text(R"(job "web" {
    datacenters = ["dc1"]
    priority = 70
    group "g" {
      count = 3
      task "t" {
        driver = "docker"
        config {
          image = "x"
          command = "run"
          privileged = true
        }
        env { PORT = "${NOMAD_PORT_http}" }
        service { name = "web" }
        resources { memory = 2000 }
      }
    }
  })");
  const auto left_out = paths(converted);
  for (const char* path :
       {"Type", "Priority", "TaskGroups[0].Count", "TaskGroups[0].Tasks[0].Config.privileged",
        "TaskGroups[0].Tasks[0].Services", "TaskGroups[0].Tasks[0].Resources.MemoryMB", "TaskGroups[0].Tasks[0]"}) {
    EXPECT_NE(std::ranges::find(left_out, path), left_out.end()) << path;
  }
  EXPECT_EQ(left_out.size(), 7u);
  const Value tree = tree_of(converted.text);
  EXPECT_EQ(*tree.find("TaskGroups")->as_array()->front().find("Tasks")->as_array()->front().find("Name"), Value("t"));
}

TEST(ConvertToNomad, WritesBothLanguages) {
  const Value tree = tree_of(with_ops(run_op("a", R"("cmd": "echo ${HOME}")")));
  const auto hcl = convert(tree, JobLanguage::NomadHcl);
  ASSERT_TRUE(hcl);
  EXPECT_TRUE(hcl->left_out.empty());
  EXPECT_TRUE(parse(hcl->text).ok()) << hcl->text;
  const auto json = convert(tree, JobLanguage::NomadJson);
  ASSERT_TRUE(json);
  EXPECT_EQ(tree_of(json->text), tree);
}

TEST(JobLanguage, HasNames) {
  EXPECT_EQ(job_language("nosana"), JobLanguage::Nosana);
  EXPECT_FALSE(job_language("yaml"));
}

}  // namespace
}  // namespace drover::jobspec
