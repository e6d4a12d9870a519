#include "jobspec/variables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jobspec/test_support.h"

namespace drover::jobspec {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// What `var.x` is in a job whose variable "x" has that body, as JSON, or the first error.
std::string value_of(std::string_view body, VariableOptions variables) {
  const std::string text =
      fmt::format("variable \"x\" {{\n{}\n}}\njob \"a\" {{\n meta {{\n  x = jsonencode(var.x)\n }}\n}}", body);
  const ParsedJob parsed = parse(text, {.file = "a.nomad", .variables = std::move(variables)});
  if (!parsed.ok()) return parsed.diagnostics.errors().at(0);
  return *parsed.tree.find("Meta")->find("x")->as_string();
}

VariableOptions typed(std::string text) {
  return {.arguments = {{.name = "x", .text = std::move(text), .origin = "-var x"}}};
}

std::vector<std::string> errors_of(std::string_view text, VariableOptions variables = {}) {
  return parse(text, {.file = "a.nomad", .variables = std::move(variables)}).diagnostics.errors();
}

TEST(Variables, HaveTheirDefault) {
  EXPECT_EQ(value_of("default = [1, 2]", {}), "[1,2]");
  EXPECT_EQ(value_of("type = list(string)\n default = [1, 2]", {}), R"(["1","2"])");
  EXPECT_EQ(value_of("type = string\n default = null", {}), "null");
  EXPECT_EQ(value_of("type = object({a = optional(number, 3)})\n default = {}", {}), R"({"a":3})");
}

TEST(Variables, WithoutAnyValueAreRefusedByName) {
  EXPECT_THAT(value_of("type = string", {}),
              HasSubstr("a.nomad:1:1: variable \"x\" has no default, and no other value is given\n  1 | variable"));
}

TEST(Variables, OfStringsTakeTheTextAsItIs) {
  EXPECT_EQ(value_of("type = string", typed("[\"a\", ${x}")), R"("[\"a\", ${x}")");
  EXPECT_EQ(value_of("", typed("12")), "\"12\"");
  EXPECT_EQ(value_of("default = \"a\"", typed("b")), "\"b\"");
}

TEST(Variables, OfOtherTypesTakeExpressions) {
  EXPECT_EQ(value_of("type = number", typed("12")), "12");
  EXPECT_EQ(value_of("type = bool", typed("true")), "true");
  EXPECT_EQ(value_of("type = list(string)", typed("[\"a\", 1]")), R"(["a","1"])");
  EXPECT_EQ(value_of("type = any", typed("{a = [1]}")), R"({"a":[1]})");
  EXPECT_EQ(value_of("type = any", typed("word")), "\"word\"");
  EXPECT_EQ(value_of("default = [\"a\"]", typed("[\"b\", \"c\"]")), R"(["b","c"])");
  EXPECT_EQ(value_of("default = 3", typed("4")), "4");
  EXPECT_EQ(value_of("type = set(number)", typed("[2, 1, 2]")), "[1,2]");
}

TEST(Variables, PreferArgumentsToFilesToTheEnvironment) {
  VariableOptions variables;
  variables.environment = {{"x", "env", "NOMAD_VAR_x"}, {"other", "1", "NOMAD_VAR_other"}};
  EXPECT_EQ(value_of("default = \"d\"", variables), "\"env\"");
  variables.files = {{"1.hcl", "x = \"file 1\""}, {"2.json", R"({"x": "file 2"})"}};
  EXPECT_EQ(value_of("default = \"d\"", variables), "\"file 2\"");
  variables.arguments = {{"x", "first", "-var x"}, {"x", "second", "-var x"}};
  EXPECT_EQ(value_of("default = \"d\"", variables), "\"second\"");
}

TEST(Variables, ThatDoNotExistAreErrorsOrWarnings) {
  const std::string text = "variable \"count\" {\n default = 1\n}\njob \"a\" {}";
  VariableOptions variables;
  variables.environment = {{"nothing", "1", "NOMAD_VAR_nothing"}};
  EXPECT_THAT(errors_of(text, variables), IsEmpty());
  variables.arguments = {{"coutn", "3", "-var coutn"}};
  variables.files = {{"v.hcl", "# a\ncont = 3"}};
  EXPECT_THAT(
      errors_of(text, variables),
      ElementsAre("v.hcl:2:1: there is no variable \"cont\" in the job, did you mean \"count\"?\n"
                  "  2 | cont = 3\n    | ^",
                  HasSubstr("-var coutn:1:1: there is no variable \"coutn\" in the job, did you mean \"count\"?")));
  variables.strict = false;
  const ParsedJob parsed = parse(text, {.variables = variables});
  EXPECT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.diagnostics.warnings().size(), 2u);
}

TEST(Variables, SayWhereAWrongValueComesFrom) {
  EXPECT_EQ(value_of("type = number", typed("many")),
            "-var x:1:1: variable \"x\": expected a number, found string \"many\"\n  1 | many\n    | ^");
  EXPECT_THAT(value_of("type = list(number)", {.files = {{"v.hcl", "\nx = [1, \"b\"]"}}}),
              HasSubstr("v.hcl:2:5: variable \"x\": [1]: expected a number, found string \"b\""));
  EXPECT_THAT(value_of("type = number\n default = \"b\"", {}),
              HasSubstr("a.nomad:3:2: variable \"x\": expected a number"));
  EXPECT_THAT(value_of("type = list(string)", typed("[a")), HasSubstr("-var x:1:3: "));
  EXPECT_THAT(value_of("type = list(string)", typed("[a]")), HasSubstr("no variables are possible here"));
  EXPECT_THAT(value_of("type = list(string)", {.files = {{"v.json", "{\n\"x\": [\"a\",]}"}}}), HasSubstr("v.json:2:"));
  EXPECT_THAT(value_of("default = var.y", {}), HasSubstr("no variables are possible here"));
  EXPECT_THAT(value_of("type = strng", {}), HasSubstr("did you mean \"string\"?"));
  EXPECT_THAT(value_of("defalt = 3", {}), HasSubstr("unknown key \"defalt\" in variable, did you mean \"default\"?"));
}

TEST(Variables, AreValidated) {
  const std::string body = R"(
    type = number
    default = 3
    validation {
      condition     = var.x < 10
      error_message = "Too large."
    })";
  EXPECT_EQ(value_of(body, {}), "3");
  EXPECT_EQ(value_of(body, typed("12")),
            "-var x:1:1: variable \"x\": Too large. (the validation in line 5)\n  1 | 12\n    | ^");
  EXPECT_THAT(value_of("validation {\n condition = true\n}", {}), HasSubstr("needs condition and error_message"));
}

TEST(Variables, ThatAreSensitiveAreNotShown) {
  const auto shown = [](std::string_view body, std::string text) { return value_of(body, typed(std::move(text))); };
  for (const std::string& message : {shown("sensitive = true\n type = number", "hunter22"),
                                     shown("sensitive = true\n type = list(number)", "[\"hunter22\"]"),
                                     shown("sensitive = true\n type = list(number)", "[\"hunter22\" oops"),
                                     shown("sensitive = true\n type = string\n validation {\n condition = var.x == "
                                           "\"a\"\n error_message = \"no ${var.x}\"\n}",
                                           "hunter22")}) {
    EXPECT_THAT(message, Not(HasSubstr("hunter22")));
    EXPECT_THAT(message, HasSubstr("variable \"x\""));
  }
  const Outcome out = outcome_of(R"(
    variable "p" {
      sensitive = true
      default   = "hunter22"
    }
    job "a" {
      datacenters = ["dc1"]
      type        = var.p
      priority    = var.p
    })");
  EXPECT_FALSE(out.accepted);
  EXPECT_THAT(out.all, Not(HasSubstr("hunter22")));
  EXPECT_THAT(out.all, HasSubstr("(sensitive)"));
}

TEST(Variables, MayBeDeclaredTogether) {
  EXPECT_EQ(tree_of("variables {\n a = \"x\"\n b = 3\n}\njob \"j\" {\n priority = var.b\n region = var.a\n}"),
            same(R"({"ID": "j", "Name": "j", "Priority": 3, "Region": "x"})"));
  EXPECT_THAT(errors_of("variables {\n a = 1\n}\nvariable \"a\" {\n default = 2\n}\njob \"j\" {}"),
              ElementsAre(HasSubstr("variable \"a\" is declared twice")));
}

TEST(Locals, MayUseEachOtherInAnyOrder) {
  EXPECT_EQ(tree_of(R"(
    variable "v" { default = "x" }
    locals {
      c   = "${local.b}c"
      all = join(",", keys(local))
    }
    locals {
      b = "${local.a}b"
      a = var.v
    }
    job "j" {
      region = local.c
      meta   = { all = local.all }
    })"),
            same(R"({"ID": "j", "Name": "j", "Region": "xbc", "Meta": {"all": "a,b,c"}})"));
}

TEST(Locals, AreRefusedWithTheNearestName) {
  EXPECT_THAT(errors_of("locals {\n name = 1\n b = local.nmae\n c = local.b\n}\njob \"j\" {}"),
              ElementsAre(HasSubstr("a.nomad:3:6: there is no local \"nmae\"; did you mean \"name\"?")));
  EXPECT_THAT(errors_of("locals {\n a = 1\n}\nlocals {\n a = 2\n}\njob \"j\" {}"),
              ElementsAre(HasSubstr("local \"a\" is defined twice")));
  EXPECT_THAT(errors_of("locals {\n a = local\n b = local.a\n}\njob \"j\" {}"),
              ElementsAre(HasSubstr("uses \"a\", which uses all locals")));
}

TEST(Locals, InALongChainTakeTimeInProportion) {
  std::string text = "locals {\n l0 = 1\n";
  for (int i = 20000; i > 0; --i) text += fmt::format("l{} = local.l{}\n", i, i - 1);
  EXPECT_THAT(errors_of(text + "}\njob \"j\" {\n priority = local.l20000\n}"), IsEmpty());
}

}  // namespace
}  // namespace drover::jobspec
