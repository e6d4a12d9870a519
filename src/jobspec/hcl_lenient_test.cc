#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobspec/test_support.h"

// What HCL1 read beyond HCL2 (design.md D8), and HCL written as JSON.
namespace drover::jobspec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> errors_of(std::string_view text) {
  return parse(text, {.file = "a.nomad"}).diagnostics.errors();
}

// What the text of a task's body makes of it.
std::string task(std::string_view body) {
  const ParsedJob parsed = parse(fmt::format("job \"a\" {{ group \"g\" {{ task \"t\" {{\n{}\n}} }} }}", body));
  EXPECT_TRUE(parsed.ok()) << parsed.diagnostics.to_error().message();
  if (!parsed.ok()) return "";
  return codec::dump(sorted(parsed.tree.find("TaskGroups")->as_array()->at(0).find("Tasks")->as_array()->at(0)));
}

TEST(HclLenient, SeveralArgumentsMayShareALine) {
  EXPECT_EQ(task(R"(driver = "x" user = "u" resources { cpu = 100 memory = 200 } config { a = 1, b = 2 })"),
            same(R"({"Name": "t", "Driver": "x", "User": "u", "Resources": {"CPU": 100, "MemoryMB": 200},
                     "Config": {"a": 1, "b": 2}})"));
}

TEST(HclLenient, NamesMayBeQuoted) {
  EXPECT_EQ(task(R"("driver" = "x"
    "resources" { "cpu" = 100 }
    env { "A.b" = "c" })"),
            same(R"({"Name": "t", "Driver": "x", "Resources": {"CPU": 100}, "Env": {"A.b": "c"}})"));
}

TEST(HclLenient, AnEqualsSignMayStandBeforeTheBraces) {
  EXPECT_EQ(task(R"(
    meta      = { a = 1 }
    env       = {
      B = "x"
    }
    config    = { image = "i", port_map { db = 6379 } }
    resources = { network { mbits = 1, port "http" { static = 80 } } }
    constraint = { attribute = "${attr.x}", value = "y" })"),
            same(R"({"Name": "t", "Meta": {"a": "1"}, "Env": {"B": "x"},
                "Config": {"image": "i", "port_map": [{"db": 6379}]},
                "Resources": {"Networks": [{"MBits": 1, "ReservedPorts": [{"Label": "http", "Value": 80}]}]},
                "Constraints": [{"LTarget": "${attr.x}", "Operand": "=", "RTarget": "y"}]})"));
}

TEST(HclLenient, BlocksMayBeListsOfObjects) {
  EXPECT_EQ(task(R"(
    constraint = [{ distinct_hosts = true }, { attribute = "a", value = "b" }]
    resources  = [{ cpu = 100 }]
    meta       = [{ a = 1 }, { b = 2 }]
    config     = [{ image = "i" }])"),
            same(R"({"Name": "t", "Resources": {"CPU": 100}, "Meta": {"a": "1", "b": "2"}, "Config": {"image": "i"},
                "Constraints": [{"Operand": "distinct_hosts"}, {"LTarget": "a", "Operand": "=", "RTarget": "b"}]})"));
}

TEST(HclLenient, BlocksWithLabelsMayBeObjects) {
  EXPECT_EQ(tree_of(R"(job "a" {
      group = {
        g = { count = 2, task "t" { driver = "x" } }
        h = [{ count = 3 }]
      }
      task = { u = {} }
    })"),
            same(R"({"ID": "a", "Name": "a", "TaskGroups": [
                {"Name": "g", "Count": 2, "Tasks": [{"Name": "t", "Driver": "x"}]}, {"Name": "h", "Count": 3},
                {"Name": "u", "Tasks": [{"Name": "u"}]}]})"));
  EXPECT_EQ(task(R"(resources { network { port = [{ a = {} }, { b = { static = 1 } }] } })"),
            same(R"({"Name": "t", "Resources": {"Networks": [{"DynamicPorts": [{"Label": "a"}],
                "ReservedPorts": [{"Label": "b", "Value": 1}]}]}})"));
}

TEST(HclLenient, BlocksOfMapsAddUp) {
  EXPECT_EQ(task("env {\n A = 1\n}\nenv {\n B = 2\n}\nmeta {\n a = 1\n}\nmeta = { b = 2 }"),
            same(R"({"Name": "t", "Env": {"A": "1", "B": "2"}, "Meta": {"a": "1", "b": "2"}})"));
  EXPECT_THAT(errors_of("job \"a\" {\n meta {\n  a = 1\n }\n meta {\n  a = 2\n }\n}"),
              ElementsAre(HasSubstr("a.nomad:5:2: \"a\" is given in an earlier meta block, too")));
}

TEST(HclLenient, ABlockMayBeAnyExpression) {
  EXPECT_EQ(tree_of(R"(
    locals {
      small = { cpu = 50 }
      tasks = { for n in ["t", "u"] : n => { driver = n } }
    }
    job "a" {
      group "g" {
        task = local.tasks
        task "v" {
          resources = merge(local.small, { memory = 64 })
          config    = { for n in ["x"] : n => { y = 1 } }
        }
      }
    })"),
            same(R"({"ID": "a", "Name": "a", "TaskGroups": [{"Name": "g", "Tasks": [
                {"Name": "t", "Driver": "t"}, {"Name": "u", "Driver": "u"},
                {"Name": "v", "Resources": {"CPU": 50, "MemoryMB": 64}, "Config": {"x": [{"y": 1}]}}]}]})"));
}

TEST(HclLenient, MistakesInObjectsHaveTheirPlace) {
  EXPECT_THAT(errors_of("job \"a\" {\n group = {\n  g = {\n   cout = 2\n  }\n }\n}"),
              ElementsAre(HasSubstr("a.nomad:4:4: unknown key \"cout\" in group, did you mean \"count\"?")));
  EXPECT_THAT(errors_of("job \"a\" {\n group = {\n  count = 2\n }\n}"),
              ElementsAre(HasSubstr("a.nomad:3:3: group: expected a block, not number 2")));
}

TEST(HclErrors, TellUnknownBlocksFromWrongLabels) {
  EXPECT_THAT(errors_of("job \"a\" {\n grup \"x\" {\n }\n}"),
              ElementsAre(HasSubstr("a.nomad:2:2: unknown block \"grup\" in job, did you mean \"group\"?")));
  EXPECT_THAT(errors_of("job \"a\" {\n meta \"x\" {\n }\n}"),
              ElementsAre(HasSubstr("a.nomad:2:7: a meta block has no label, remove \"x\"")));
  EXPECT_THAT(errors_of("job \"a\" {\n update \"x\" {\n }\n}"),
              ElementsAre(HasSubstr("a.nomad:2:9: a update block has no label, remove \"x\"")));
}

TEST(HclJson, IsReadAsHcl) {
  EXPECT_EQ(tree_of(R"({"job": {"web": {"datacenters": ["dc1"], "group": {"g": {"count": 2, "task": {"t": {
      "driver": "docker", "config": {"image": "x", "port_map": [{"http": 80}]},
      "env": {"NODE": "${node.unique.name}", "Q": "a\"b\\c\/d\u00e9\ud83d\ude00"},
      "resources": {"cpu": 100, "network": [{"mbits": 10, "port": {"http": {"static": 80}, "db": {}}}]}}}}}}}})"),
            same(R"({"ID": "web", "Name": "web", "Datacenters": ["dc1"], "TaskGroups": [{"Name": "g", "Count": 2,
      "Tasks": [{"Name": "t", "Driver": "docker", "Config": {"image": "x", "port_map": [{"http": 80}]},
      "Env": {"NODE": "${node.unique.name}", "Q": "a\"b\\c/dé😀"},
      "Resources": {"CPU": 100, "Networks": [{"MBits": 10, "ReservedPorts": [{"Label": "http", "Value": 80}],
                                               "DynamicPorts": [{"Label": "db"}]}]}}]}]})"));
}

TEST(HclJson, MayHaveListsWhereHclRepeatsBlocks) {
  EXPECT_EQ(tree_of(R"({"job": [{"web": [{"constraint": [{"distinct_hosts": true}, {"attribute": "a", "value": "b"}],
      "group": [{"g": [{"task": [{"t": [{"driver": "x"}]}, {"u": {"driver": "y"}}]}]}]}]}]})"),
            same(R"({"ID": "web", "Name": "web",
      "Constraints": [{"Operand": "distinct_hosts"}, {"LTarget": "a", "Operand": "=", "RTarget": "b"}],
      "TaskGroups": [{"Name": "g", "Tasks": [{"Name": "t", "Driver": "x"}, {"Name": "u", "Driver": "y"}]}]})"));
}

TEST(HclJson, HasVariablesExpressionsAndDynamicBlocks) {
  EXPECT_EQ(tree_of(R"json({
    "//": "a comment",
    "variable" : {"names": {"type": "list(string)", "default": ["x", "y"]}},
    "locals"
      : {"sep": ","},
    "job": {"web": {
      "region": "${join(\",\", var.names)}${local.sep}",
      "dynamic": {"group": {"for_each": "${var.names}", "iterator": "g", "labels": ["${g.value}"],
                            "content": {"count": "${g.key}"}}}}}
  , "locals": {"other": 1}})json"),
            same(R"({"ID": "web", "Name": "web", "Region": "x,y,",
                     "TaskGroups": [{"Name": "x", "Count": 0}, {"Name": "y", "Count": 1}]})"));
}

TEST(HclJson, MistakesHaveTheirPlace) {
  EXPECT_THAT(errors_of("{\"job\": {\"web\": {\n  \"prority\": 3\n}}}"),
              ElementsAre("a.nomad:2:3: unknown key \"prority\" in job, did you mean \"priority\"?\n"
                          "  2 |   \"prority\": 3\n"
                          "    |   ^"));
}

TEST(HclJson, IsNotTheFormOfTheApi) {
  EXPECT_EQ(parse(R"({"job": {"ID": "a", "Name": "a"}})").format, Format::NomadJson);
  EXPECT_EQ(parse(R"({"Job": {"TaskGroups": []}})").format, Format::NomadJson);
  EXPECT_EQ(parse(R"({"ID": "a", "TaskGroups": [{"Name": "g"}]})").format, Format::NomadJson);
}

}  // namespace
}  // namespace drover::jobspec
