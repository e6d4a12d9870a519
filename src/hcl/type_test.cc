#include "hcl/type.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hcl/eval.h"
#include "hcl/json.h"
#include "hcl/parser.h"

namespace drover::hcl {
namespace {

using testing::HasSubstr;

std::optional<Type> read_type(std::string_view text, Diagnostics& diagnostics) {
  const Expression parsed = parse_expression(text, "t.hcl");
  EXPECT_NE(parsed.expr, nullptr) << text;
  Evaluator evaluator({}, diagnostics);
  return parse_type(*parsed.expr, [&](const Expr& expr) { return evaluator.evaluate(expr, Scope()); }, diagnostics);
}

std::string printed(std::string_view text) {
  Diagnostics diagnostics;
  const auto type = read_type(text, diagnostics);
  return type ? to_string(*type) : diagnostics.errors().at(0);
}

Value value_of(std::string_view text) {
  Diagnostics diagnostics;
  Evaluator evaluator({}, diagnostics);
  const Expression parsed = parse_expression(text, "v.hcl");
  EXPECT_NE(parsed.expr, nullptr) << text;
  return evaluator.evaluate(*parsed.expr, Scope()).value_or(Value());
}

std::string converted(std::string_view value, std::string_view type, const ConvertOptions& options = {}) {
  Diagnostics diagnostics;
  const auto parsed = read_type(type, diagnostics);
  if (!parsed) return diagnostics.errors().at(0);
  Budget budget(Limits{});
  const auto out = convert(value_of(value), *parsed, budget, options);
  return out ? to_json(*out) : out.error().message();
}

TEST(Type, IsPrintedAsItIsWritten) {
  for (const char* text : {"string", "number", "bool", "any", "list(string)", "set(number)", "map(list(any))",
                           "tuple([string, number])", "object({a = string, b = optional(bool)})"}) {
    EXPECT_EQ(printed(text), text);
  }
}

TEST(Type, HasOldForms) {
  EXPECT_EQ(printed("list"), "list(any)");
  EXPECT_EQ(printed("map"), "map(any)");
  EXPECT_EQ(printed("\"string\""), "string");
  EXPECT_EQ(printed("\"list(number)\""), "list(number)");
}

TEST(Type, IsRefusedWithTheNearestName) {
  EXPECT_THAT(printed("strin"), HasSubstr("t.hcl:1:1: there is no type \"strin\"; did you mean \"string\"?"));
  EXPECT_THAT(printed("list(nmber)"), HasSubstr("t.hcl:1:6: there is no type \"nmber\"; did you mean \"number\"?"));
  EXPECT_THAT(printed("objct({})"), HasSubstr("did you mean \"object\"?"));
  EXPECT_THAT(printed("tuple"), HasSubstr("needs the types of its parts"));
  EXPECT_THAT(printed("list(string, string)"), HasSubstr("exactly one argument"));
  EXPECT_THAT(printed("string(3)"), HasSubstr("takes no arguments"));
  EXPECT_THAT(printed("optional(string)"), HasSubstr("attribute of an object"));
  EXPECT_THAT(printed("object({a = string, a = number})"), HasSubstr("given twice"));
  EXPECT_THAT(printed("object({a = optional(number, \"x\")})"), HasSubstr("the default: expected a number"));
  EXPECT_THAT(printed("3"), HasSubstr("expected a type"));
}

TEST(Convert, PrimitivesBecomeEachOtherWhereTheTextAllows) {
  EXPECT_EQ(converted("\"12.5\"", "number"), "12.5");
  EXPECT_EQ(converted("12", "string"), "\"12\"");
  EXPECT_EQ(converted("true", "string"), "\"true\"");
  EXPECT_EQ(converted("\"false\"", "bool"), "false");
  EXPECT_EQ(converted("\"1\"", "bool"), "true");
  EXPECT_EQ(converted("null", "number"), "null");
  EXPECT_EQ(converted("\"x\"", "number"), "expected a number, found string \"x\"");
  EXPECT_EQ(converted("1", "bool"), "expected true or false, found number 1");
  EXPECT_EQ(converted("true", "number"), "expected a number, found bool true");
  EXPECT_EQ(converted("[]", "string"), "expected a string, found list of 0");
}

TEST(Convert, SetsLoseDuplicatesAndGetAnOrder) {
  EXPECT_EQ(converted("[\"b\", \"a\", \"b\", 1]", "set(string)"), R"(["1","a","b"])");
  EXPECT_EQ(converted("[10, 9, 10]", "set(number)"), "[9,10]");
  EXPECT_EQ(converted("[true, false, true]", "set(bool)"), "[false,true]");
  EXPECT_EQ(converted("[{a = 2}, {a = 1}, {a = 2}]", "set(object({a = number}))"), R"([{"a":1},{"a":2}])");
  EXPECT_EQ(converted("[null, \"a\", null]", "set(string)"), R"(["a",null])");
}

TEST(Convert, ElementsOfAnyTypeGetOneType) {
  EXPECT_EQ(converted("[\"a\", 1, true]", "list(any)"), R"(["a","1","true"])");
  EXPECT_EQ(converted("[1, null]", "list(any)"), "[1,null]");
  EXPECT_EQ(converted("[[1], [\"a\", 2]]", "list(any)"), R"([["1"],["a","2"]])");
  EXPECT_EQ(converted("[{a = 1}, {a = \"x\"}]", "list(any)"), R"([{"a":"1"},{"a":"x"}])");
  EXPECT_EQ(converted("[{a = 1}, {b = \"x\"}]", "list(any)"), R"([{"a":"1"},{"b":"x"}])");
  EXPECT_EQ(converted("[1, true]", "list(any)"), "all elements of a list must be of one type");
  EXPECT_EQ(converted("{a = [], b = {}}", "map(any)"), "all elements of a map must be of one type");
  EXPECT_EQ(converted("{a = [1], b = 2}", "any"), R"({"a":[1],"b":2})");
}

TEST(Convert, ObjectsHaveTheAttributesOfTheirType) {
  EXPECT_EQ(converted("{a = 1, c = 2}", "object({a = string})"), R"({"a":"1"})");
  EXPECT_EQ(converted("{}", "object({a = optional(string), b = optional(number, 3)})"), R"({"a":null,"b":3})");
  EXPECT_EQ(converted("{b = null}", "object({b = optional(number, 3)})"), R"({"b":3})");
  EXPECT_EQ(converted("{prot = 1}", "object({port = number})"), "attribute \"port\" is required (there is a \"prot\")");
}

TEST(Convert, TuplesHaveTheirLength) {
  EXPECT_EQ(converted("[1, 2]", "tuple([string, number])"), R"(["1",2])");
  EXPECT_EQ(converted("[1]", "tuple([string, number])"), "expected 2 elements, found 1");
}

TEST(Convert, ErrorsNameTheirPlace) {
  EXPECT_EQ(converted("[{port = 1}, {port = \"x\"}]", "list(object({port = number}))"),
            "[1].port: expected a number, found string \"x\"");
  EXPECT_EQ(converted("{a = {b = []}}", "map(map(string))"), "[\"a\"][\"b\"]: expected a string, found list of 0");
}

TEST(Convert, SecretsAreNotShown) {
  EXPECT_EQ(converted("[\"hunter2\"]", "list(number)", {.show_values = false}),
            "[0]: expected a number, found a string");
}

TEST(Convert, WhatTheClientResolvesIsTextOnly) {
  EXPECT_EQ(converted("\"${attr.x}\"", "string"), "\"${attr.x}\"");
  EXPECT_THAT(converted("\"${attr.x}\"", "number"), HasSubstr("only the client knows its value"));
}

}  // namespace
}  // namespace drover::hcl
