#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobspec/test_support.h"

namespace drover::jobspec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> errors_of(std::string_view text) {
  return parse(text, {.file = "a.nomad"}).diagnostics.errors();
}

TEST(Hcl, ATaskInAJobGetsAGroupOfItsOwn) {
  EXPECT_EQ(tree_of(R"(job "a" { task "t" { driver = "docker" } group "g" {} })"),
            same(R"({"ID": "a", "Name": "a", "TaskGroups": [{"Name": "t", "Tasks": [{"Name": "t", "Driver": "docker"}]},
                                                           {"Name": "g"}]})"));
}

TEST(Hcl, TheIdOfAJobIsItsLabelUnlessItSaysOtherwise) {
  EXPECT_EQ(tree_of(R"(job "a" { id = "b" name = "c" })"), same(R"({"ID": "b", "Name": "c"})"));
}

TEST(Hcl, PortsAreReservedOrDynamic) {
  EXPECT_EQ(tree_of(R"(job "a" { group "g" { network { mbits = "10"
      port "db" {}
      port "web" { static = 80  to = 8080 } } } })"),
            same(R"({"ID": "a", "Name": "a", "TaskGroups": [{"Name": "g", "Networks": [{"MBits": 10,
                "DynamicPorts": [{"Label": "db"}], "ReservedPorts": [{"Label": "web", "Value": 80, "To": 8080}]}]}]})"));
}

TEST(Hcl, ConstraintsHaveShortForms) {
  EXPECT_EQ(tree_of(R"(job "a" {
      constraint {
        attribute = "${attr.x}"
        version   = ">= 1.2"
      }
      constraint {
        attribute = "${attr.x}"
        regexp    = "^a"
      }
      constraint {
        distinct_hosts = true
      }
      constraint {
        distinct_hosts = false
      }
      constraint {
        distinct_property = "${meta.rack}"
        value             = "2"
      }
      constraint {
        attribute = "${attr.x}"
        operator  = "!="
        value     = "y"
      }
    })"),
            same(R"({"ID": "a", "Name": "a", "Constraints": [
                {"LTarget": "${attr.x}", "Operand": "version", "RTarget": ">= 1.2"},
                {"LTarget": "${attr.x}", "Operand": "regexp", "RTarget": "^a"},
                {"Operand": "distinct_hosts"},
                {"LTarget": "${meta.rack}", "Operand": "distinct_property", "RTarget": "2"},
                {"LTarget": "${attr.x}", "Operand": "!=", "RTarget": "y"}]})"));
}

TEST(Hcl, BlocksOfADriversConfigAreLists) {
  EXPECT_EQ(tree_of(R"(job "a" { task "t" { config {
      image  = "redis"
      labels = { a = "b" }
      port_map {
        db = 6379
      }
      mount "x" {
        type = "bind"
      }
    } } })"),
            same(R"({"ID": "a", "Name": "a", "TaskGroups": [{"Name": "t", "Tasks": [{"Name": "t", "Config": {
                "image": "redis", "labels": [{"a": "b"}], "port_map": [{"db": 6379}],
                "mount": [{"x": [{"type": "bind"}]}]}}]}]})"));
}

TEST(Hcl, ValuesOfMetaAndEnvAreTexts) {
  EXPECT_EQ(tree_of(R"(job "a" {
      meta {
        n = 3
        b = true
        f = 1.5
      }
      task "t" {
        env = { PORT = 80, NODE = "${node.unique.name}" }
      }
    })"),
            same(R"({"ID": "a", "Name": "a", "Meta": {"n": "3", "b": "true", "f": "1.5"}, "TaskGroups": [{"Name": "t",
                "Tasks": [{"Name": "t", "Env": {"PORT": "80", "NODE": "${node.unique.name}"}}]}]})"));
}

TEST(Hcl, DurationsMayBeBareNumbers) {
  const ParsedJob parsed = parse(R"(job "a" {
    update {
      stagger          = 30
      min_healthy_time = "15s"
      healthy_deadline = 180000000000
    }
  })");
  EXPECT_EQ(codec::dump(*parsed.tree.find("Update")),
            R"({"Stagger":30000000000,"MinHealthyTime":15000000000,"HealthyDeadline":180000000000})");
  ASSERT_EQ(parsed.diagnostics.warnings().size(), 1u);
  EXPECT_THAT(parsed.diagnostics.warnings()[0], HasSubstr("write \"30s\""));
}

TEST(Hcl, AnArgumentMayStandForABlock) {
  EXPECT_EQ(tree_of(R"(job "a" { task "t" { resources = { cpu = 500 } } })"),
            same(R"({"ID": "a", "Name": "a", "TaskGroups": [{"Name": "t",
                "Tasks": [{"Name": "t", "Resources": {"CPU": 500}}]}]})"));
}

TEST(Hcl, VariablesAndLocalsHaveTheirValues) {
  EXPECT_EQ(tree_of(R"(
    variable "dc" { default = "dc7" }
    locals {
      both = [local.one, var.dc]
      one  = upper(var.dc)
    }
    job "a" { datacenters = local.both })"),
            same(R"({"ID": "a", "Name": "a", "Datacenters": ["DC7", "dc7"]})"));
}

TEST(Hcl, LocalsThatNeedEachOtherAreRefused) {
  EXPECT_THAT(errors_of("locals {\n  a = local.b\n  b = local.a\n}\njob \"a\" {}"),
              ElementsAre(HasSubstr("a.nomad:2:3: local \"a\" depends on itself")));
}

TEST(Hcl, DependenciesAreLabelledBlocks) {
  EXPECT_EQ(tree_of(R"(job "a" { task "t" { depends_on "db" { condition = "healthy" } } })"),
            same(R"({"ID": "a", "Name": "a", "TaskGroups": [{"Name": "t", "Tasks": [{"Name": "t",
                "DependsOn": [{"Task": "db", "Condition": "healthy"}]}]}]})"));
}

TEST(HclErrors, ShowThePlaceAndTheNearestName) {
  EXPECT_THAT(errors_of("job \"a\" {\n  contraint {\n  }\n}"),
              ElementsAre("a.nomad:2:3: unknown block \"contraint\" in job, did you mean \"constraint\"?\n"
                          "  2 |   contraint {\n"
                          "    |   ^"));
}

TEST(HclErrors, AreReportedTogether) {
  EXPECT_THAT(
      errors_of(R"(job "a" {
  priority = "high"
  group "g" {
    count = 1.5
    count = 2
    task {
      driver = ["docker"]
    }
    restart "x" {
    }
  }
})"),
      ElementsAre(HasSubstr("a.nomad:2:3: priority: expected a whole number"), HasSubstr("a.nomad:4:5: count: "),
                  HasSubstr("a.nomad:5:5: \"count\" is given twice, the first time in line 4"),
                  HasSubstr("a.nomad:7:7: driver: expected a string"),
                  HasSubstr("a.nomad:6:5: a task block has one label"),
                  HasSubstr("a.nomad:9:13: a restart block has no label")));
}

TEST(HclErrors, AFileHoldsExactlyOneJob) {
  EXPECT_THAT(errors_of("job \"a\" {}\njob \"b\" {}"), ElementsAre(HasSubstr("a.nomad:2:1: a second job")));
  EXPECT_THAT(errors_of("# nothing\n"), ElementsAre(HasSubstr("there is no job block")));
  EXPECT_THAT(errors_of("jobs \"a\" {}"), ElementsAre(HasSubstr("did you mean \"job\"?")));
  EXPECT_THAT(errors_of("job {}"), ElementsAre(HasSubstr("a job block has one label")));
}

TEST(HclErrors, TellBlocksFromArguments) {
  EXPECT_THAT(errors_of("job \"a\" {\n  priority {}\n}"), ElementsAre(HasSubstr("is an argument")));
  EXPECT_THAT(errors_of("job \"a\" {\n  update = 3\n}"), ElementsAre(HasSubstr("expected a block")));
  EXPECT_THAT(errors_of("job \"a\" {\n  update {}\n  update {}\n}"), ElementsAre(HasSubstr("line 2")));
}

TEST(HclErrors, OfValidationPointIntoTheFile) {
  const Outcome out = outcome_of(R"(job "a" {
  datacenters = ["dc1"]
  group "g" {
    count = -1
    task "t" {
      driver = "docker"
      resources {
        memory = 5
      }
    }
  }
})",
                                 Purpose::Run, "a.nomad");
  EXPECT_THAT(out.errors, ElementsAre(HasSubstr("a.nomad:4:5: group \"g\": count must not be negative"),
                                      HasSubstr("a.nomad:8:9: group \"g\", task \"t\": memory must be at least")));
}

TEST(HclErrors, OfWhatIsMissingPointToItsBlock) {
  const Outcome out =
      outcome_of("job \"a\" {\n  group \"g\" {\n    task \"t\" {\n    }\n  }\n}", Purpose::Run, "a.nomad");
  EXPECT_THAT(out.errors, ElementsAre(HasSubstr("a.nomad:1:1: no datacenters"), HasSubstr("a.nomad:3:5: ")));
}

TEST(HclErrors, TenMistakesAreFoundAtOnce) {
  const Outcome out = outcome_of(R"(job "a b" {
  datacenters = []
  priority    = 200
  group "g" {
    count = "many"
    restart {
      mode = "never"
    }
    task "t/t" {
      driver = "docker"
      kill_signal = "SIGNONE"
      resources {
        cpu    = 0
        memory = 1
      }
      constraint {
        attribute = "${attr.x}"
        operator  = "like"
        value     = "y"
      }
    }
  }
})");
  EXPECT_EQ(out.errors.size(), 10u) << out.all;
}

TEST(HclErrors, OfSyntaxAreShown) {
  EXPECT_THAT(errors_of("job \"a\" {"), testing::Not(IsEmpty()));
  EXPECT_THAT(errors_of("job \"a\" {\n  priority = \n}")[0], HasSubstr("a.nomad:3:1: "));
}

TEST(HclUnsupported, IsReadAndRefusedByName) {
  const char* text =
      "job \"a\" {\n  datacenters = [\"dc1\"]\n  group \"g\" {\n    task \"t\" {\n      driver = \"docker\"\n"
      "      vault {\n        policies = [\"x\"]\n      }\n    }\n  }\n}";
  EXPECT_TRUE(parse(text).ok());
  EXPECT_THAT(outcome_of(text, Purpose::Run, "a.nomad").errors,
              ElementsAre(HasSubstr("a.nomad:6:7: \"vault\" is not supported by this version of drover")));
}

}  // namespace
}  // namespace drover::jobspec
