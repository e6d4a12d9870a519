#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobspec/test_support.h"

namespace drover::jobspec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> errors_of(std::string_view text) {
  return parse(text, {.file = "a.nomad"}).diagnostics.errors();
}

TEST(HclDynamic, MakesBlocksForEachOfAList) {
  EXPECT_EQ(tree_of(R"(job "a" {
      dynamic "group" {
        for_each = ["x", "y"]
        labels   = [group.value]
        content {
          count = group.key
        }
      }
      group "z" {}
    })"),
            same(R"({"ID": "a", "Name": "a", "TaskGroups": [
                {"Name": "x", "Count": 0}, {"Name": "y", "Count": 1}, {"Name": "z"}]})"));
}

TEST(HclDynamic, GoesThroughMapsByKeyAndThroughSets) {
  EXPECT_EQ(tree_of(R"(job "a" { group "g" { network {
      dynamic "port" {
        for_each = { web = 80, api = 0 }
        iterator = p
        labels   = [p.key]
        content {
          static = p.value
        }
      }
      dynamic "port" {
        for_each = distinct(["b", "a", "b"])
        labels   = ["x_${port.key}"]
        content {}
      }
    } } })"),
            same(R"({"ID": "a", "Name": "a", "TaskGroups": [{"Name": "g", "Networks": [{
                "ReservedPorts": [{"Label": "api", "Value": 0}, {"Label": "web", "Value": 80}],
                "DynamicPorts": [{"Label": "x_0"}, {"Label": "x_1"}]}]}]})"));
}

TEST(HclDynamic, BlocksMayBeNested) {
  EXPECT_EQ(tree_of(R"(
    locals { groups = [{ name = "g", tasks = ["t", "u"] }] }
    job "a" {
      dynamic "group" {
        for_each = local.groups
        iterator = g
        labels   = [g.value.name]
        content {
          dynamic "task" {
            for_each = g.value.tasks
            labels   = [task.value]
            content {
              driver = "docker"
              env {
                NAME = "${g.value.name}-${task.value}-${node.class}"
              }
            }
          }
        }
      }
    })"),
            same(R"({"ID": "a", "Name": "a", "TaskGroups": [{"Name": "g", "Tasks": [
                {"Name": "t", "Driver": "docker", "Env": {"NAME": "g-t-${node.class}"}},
                {"Name": "u", "Driver": "docker", "Env": {"NAME": "g-u-${node.class}"}}]}]})"));
}

TEST(HclDynamic, WorksForConstraintsServicesAndOpaqueBlocks) {
  EXPECT_EQ(tree_of(R"(job "a" {
      dynamic "constraint" {
        for_each = ["x", "y"]
        content {
          attribute = "$${meta.${constraint.value}}"
          value     = constraint.key
        }
      }
      dynamic "meta" {
        for_each = [1]
        content {
          n = meta.value
        }
      }
      task "t" {
        config {
          dynamic "mount" {
            for_each = ["/x", "/y"]
            content {
              target = mount.value
            }
          }
        }
      }
    })"),
            same(R"({"ID": "a", "Name": "a", "Meta": {"n": "1"},
                "Constraints": [{"LTarget": "${meta.x}", "Operand": "=", "RTarget": "0"},
                                {"LTarget": "${meta.y}", "Operand": "=", "RTarget": "1"}],
                "TaskGroups": [{"Name": "t", "Tasks": [{"Name": "t", "Config": {
                    "mount": [{"target": "/x"}, {"target": "/y"}]}}]}]})"));
}

TEST(HclDynamic, AnArgumentOfThatNameIsNothingSpecial) {
  EXPECT_EQ(tree_of(R"(job "a" { meta { dynamic = "x" } })"),
            same(R"({"ID": "a", "Name": "a", "Meta": {"dynamic": "x"}})"));
}

TEST(HclDynamic, MistakesHaveAPlace) {
  const auto error = [](std::string_view body) {
    const auto errors = errors_of("job \"a\" {\n" + std::string(body) + "\n}");
    return errors.empty() ? "" : errors[0];
  };
  EXPECT_THAT(error("dynamic {\n}"), HasSubstr("a.nomad:2:1: a dynamic block has one label"));
  EXPECT_THAT(error("dynamic \"group\" {\n content {}\n}"), HasSubstr("a.nomad:2:9: a dynamic block needs for_each"));
  EXPECT_THAT(error("dynamic \"group\" {\n for_each = []\n}"), HasSubstr("needs content"));
  EXPECT_THAT(error("dynamic \"group\" {\n foreach = []\n content {}\n}"), HasSubstr("did you mean \"for_each\"?"));
  EXPECT_THAT(error("dynamic \"group\" {\n for_each = 3\n content {}\n}"),
              HasSubstr("a.nomad:3:13: for_each needs a list, set, map or object, found number 3"));
  EXPECT_THAT(error("dynamic \"group\" {\n for_each = [1]\n labels = \"x\"\n content {}\n}"),
              HasSubstr("labels must be a list"));
  EXPECT_THAT(error("dynamic \"group\" {\n for_each = [1]\n inside {}\n}"),
              HasSubstr("unknown block \"inside\" in dynamic"));
  EXPECT_THAT(error("dynamic \"grup\" {\n for_each = [1]\n content {}\n}"),
              HasSubstr("a.nomad:2:9: unknown block \"grup\" in job, did you mean \"group\"?"));
  EXPECT_THAT(error("dynamic \"update\" {\n for_each = [1, 2]\n content {}\n}"),
              HasSubstr("\"update\" is given twice"));
}

TEST(HclDynamic, BombsEndEarly) {
  const auto start = std::chrono::steady_clock::now();
  const std::string levels = R"(
    locals { n = range(1000) }
    job "a" {
      dynamic "group" {
        for_each = local.n
        labels = ["g${group.key}"]
        content {
          dynamic "task" {
            for_each = local.n
            labels = ["t${task.key}"]
            content {
              dynamic "constraint" {
                for_each = local.n
                content {}
              }
            }
          }
        }
      }
    })";
  EXPECT_THAT(errors_of(levels), testing::Contains(HasSubstr("more than 20000 blocks")));
  std::string copies =
      "locals {\n big = join(\"\", [for i in range(1000): \"0123456789012345678901234567890123456789\"])\n}\n";
  copies += "job \"a\" {\n meta {\n";
  for (int i = 0; i < 20000; ++i) copies += "k" + std::to_string(i) + " = local.big\n";
  EXPECT_THAT(errors_of(copies + "}\n}"), ElementsAre(HasSubstr("bytes")));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

}  // namespace
}  // namespace drover::jobspec
