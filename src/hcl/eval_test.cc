#include "hcl/eval.h"

#include <gtest/gtest.h>

#include "hcl/test_support.h"

namespace drover::hcl {
namespace {

std::string ev(std::string_view text) {
  return evaluate_to_json(text);
}

TEST(Evaluation, Literals) {
  EXPECT_EQ(ev("true"), "true");
  EXPECT_EQ(ev("null"), "null");
  EXPECT_EQ(ev("-12"), "-12");
  EXPECT_EQ(ev("9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(ev("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(ev("1.50"), "1.5");
  EXPECT_EQ(ev("1e3"), "1000");
  EXPECT_EQ(ev("0x1F"), "31");
  EXPECT_EQ(ev("1e999"), "syntax: \"1e999\" is not a number; if it is text, put it in quotes");
  EXPECT_EQ(ev(R"("a\n\t\"\\\u00e9\U0001F600")"), "\"a\\n\\t\\\"\\\\\u00e9\U0001F600\"");
}

TEST(Evaluation, OperatorsByPrecedence) {
  EXPECT_EQ(ev("1 + 2 * 3"), "7");
  EXPECT_EQ(ev("(1 + 2) * 3"), "9");
  EXPECT_EQ(ev("10 - 2 - 3"), "5");
  EXPECT_EQ(ev("7 % 4 + 8 / 2"), "7");
  EXPECT_EQ(ev("1 / 4"), "0.25");
  EXPECT_EQ(ev("-2 * -3"), "6");
  EXPECT_EQ(ev("1 + 1 == 2 && 3 > 2 || false"), "true");
  EXPECT_EQ(ev("!true == false"), "true");
  EXPECT_EQ(ev("1 < 2 != 2 <= 1"), "true");
  EXPECT_EQ(ev("true || false && false"), "true");
  EXPECT_EQ(ev("\"1\" == 1"), "false");
  EXPECT_EQ(ev("[1, {a = 2}] == [1, {a = 2}]"), "true");
  EXPECT_EQ(ev("9223372036854775807 + 1"), "9223372036854775808");
  EXPECT_EQ(ev("\"2\" + 1"), "3");
}

TEST(Evaluation, OperatorErrorsSayWhatWasFound) {
  EXPECT_EQ(ev("1 / 0"), "error: 1 / 0: division by zero");
  EXPECT_EQ(ev("1 % 0"), "error: 1 % 0: division by zero");
  EXPECT_EQ(ev("true + 1"), "error: \"+\" needs a number, found bool true");
  EXPECT_EQ(ev("1 && true"), "error: \"&&\" needs a bool, found number 1");
  EXPECT_EQ(ev("![]"), "error: \"!\" needs a bool, found list of 0");
}

TEST(Evaluation, Conditionals) {
  EXPECT_EQ(ev("var.on ? 1 : 1 / 0"), "1");
  EXPECT_EQ(ev("false ? 1 : true ? 2 : 3"), "2");
  EXPECT_EQ(ev("1 ? 2 : 3"), "error: the condition must be a bool, found number 1");
}

TEST(Evaluation, AccessAndSplats) {
  EXPECT_EQ(ev("var.name"), "\"web\"");
  EXPECT_EQ(ev("var[\"count\"]"), "3");
  EXPECT_EQ(ev("list[1].id"), "\"b\"");
  EXPECT_EQ(ev("list.0.ports.1"), "81");
  EXPECT_EQ(ev("list[*].id"), "[\"a\",\"b\"]");
  EXPECT_EQ(ev("list.*.id"), "[\"a\",\"b\"]");
  EXPECT_EQ(ev("list[*].ports[0]"), "[80,90]");
  EXPECT_EQ(ev("list.*.ports[0]"), "[80,81]");
  EXPECT_EQ(ev("var.nothing[*]"), "[]");
  EXPECT_EQ(ev("var.name[*]"), "[\"web\"]");
  EXPECT_EQ(ev("list[*].ports[*]"), "[[80,81],[90]]");
  EXPECT_EQ(ev("{a = [1]}.a[0]"), "1");
}

TEST(Evaluation, AccessErrorsSuggestNames) {
  EXPECT_EQ(ev("var.nmae"), "error: there is no \"nmae\" here; did you mean \"name\"?");
  EXPECT_EQ(ev("list[2]"), "error: there is no item 2: the list has 2");
  EXPECT_EQ(ev("list[-1]"), "error: there is no item -1: the list has 2");
  EXPECT_EQ(ev("list[0.5]"), "error: the index of a list must be a whole number, found number 0.5");
  EXPECT_EQ(ev("var.name.x"), "error: \"x\" needs an object, found string \"web\"");
}

TEST(Evaluation, ForExpressions) {
  EXPECT_EQ(ev("[for x in [1, 2, 3] : x * 2 if x != 2]"), "[2,6]");
  EXPECT_EQ(ev("[for i, x in [\"a\", \"b\"] : \"${i}${x}\"]"), "[\"0a\",\"1b\"]");
  EXPECT_EQ(ev("{for k, v in {b = 1, a = 2} : upper(k) => v}"), "{\"A\":2,\"B\":1}");
  EXPECT_EQ(ev("{for x in list : length(x.ports) => x.id...}"), "{\"1\":[\"b\"],\"2\":[\"a\"]}");
  EXPECT_EQ(ev("[\n for x in [1] :\n x\n]"), "[1]");
  EXPECT_EQ(ev("{for x in [1, 1] : \"k\" => x}"),
            "error: the key \"k\" comes up twice (\"...\" after the value makes lists)");
  EXPECT_EQ(ev("[for x in 3 : x]"), "error: \"for\" needs a list or an object, found number 3");
}

TEST(Evaluation, ObjectKeys) {
  EXPECT_EQ(ev("{a = 1, \"b\": 2, (var.name) = 3, \"${var.name}2\" = 4, 5 = 6}"),
            "{\"5\":6,\"a\":1,\"b\":2,\"web\":3,\"web2\":4}");
  EXPECT_EQ(ev("{for = 1, true = 2}"), "{\"for\":1,\"true\":2}");
}

TEST(Templates, InterpolateAndKeepTypesOfAWholeValue) {
  EXPECT_EQ(ev(R"("${var.count}")"), "3");
  EXPECT_EQ(ev(R"("n=${var.count} ${var.on}")"), "\"n=3 true\"");
  EXPECT_EQ(ev(R"("${"${"nested ${var.name}"}"}!")"), "\"nested web!\"");
  EXPECT_EQ(ev(R"("x${list}")"), "error: expected a string, number or bool inside of text, found list of 2");
}

TEST(Templates, EscapesStandForTheText) {
  EXPECT_EQ(ev(R"("$${x} %%{if} $ % $$ 100%")"), R"("${x} %{if} $ % $$ 100%")");
  EXPECT_EQ(ev(R"("$$${x}")"), R"("$${x}")");
  EXPECT_EQ(ev(R"("%{http_code} %{IP:client}")"), R"("%{http_code} %{IP:client}")");
}

TEST(Templates, Directives) {
  EXPECT_EQ(ev(R"("%{ if var.on }yes%{ else }no%{ endif }")"), "\"yes\"");
  EXPECT_EQ(ev(R"("%{ if !var.on }yes%{ endif }.")"), "\".\"");
  EXPECT_EQ(ev(R"("%{ for x in list }<${x.id}>%{ endfor }")"), R"("\u003ca\u003e\u003cb\u003e")");
  EXPECT_EQ(ev(R"("%{ for i, x in [7, 8] }%{ if i > 0 },%{ endif }${x}%{ endfor }")"), "\"7,8\"");
}

TEST(Templates, TildeTrims) {
  EXPECT_EQ(ev(R"("a  ${~ var.name ~}  b")"), "\"awebb\"");
  EXPECT_EQ(ev("<<EOT\n%{ for x in [1, 2] ~}\n  ${x}\n%{ endfor ~}\nend\nEOT\n"),
            "\"  1\\n  2\\nend\\n\"");  // One line.
}

TEST(Templates, IndentedHeredocsKeepRelativeIndentation) {
  EXPECT_EQ(ev("<<-EOT\n    a ${var.name}\n      b\n    ${var.count}\n    EOT\n"), "\"a web\\n  b\\n3\\n\"");
  EXPECT_EQ(ev("<<-EOT\n    a\n${var.name}\n    EOT\n"), "\"    a\\nweb\\n\"");
}

TEST(ClientReferences, StayVerbatim) {
  for (const char* text :
       {"${node.class}", "${NOMAD_PORT_http}", "${attr.kernel.name}", "${NOMAD_META_a-b}", "${meta.foo-bar}",
        "${env[\"HOME\"]}", "${attr.driver.docker.version}", "${meta.1a}", "${DB:-x}", "${}", "${#a}", "${a b}"}) {
    EXPECT_EQ(ev(std::string("\"") + text + "\""), to_json(Value(text))) << text;
    EXPECT_EQ(ev(std::string("\"a ") + text + " b\""), to_json(Value(std::string("a ") + text + " b"))) << text;
  }
  EXPECT_EQ(ev("node.class"), "\"${node.class}\"");
  EXPECT_EQ(ev("\"${ node.class }\""), "\"${node.class}\"");
  EXPECT_EQ(ev("<<E\nif ${x:-y}; then ${NOMAD_DC} {{ env \"a\" }}\nE\n"),
            "\"if ${x:-y}; then ${NOMAD_DC} {{ env \\\"a\\\" }}\\n\"");
}

TEST(ClientReferences, AreMarkedInValues) {
  Diagnostics diagnostics;
  const Expression e = parse_expression("{a = [\"x${node.class}\"], b = \"$${c}\"}", "f");
  const Value value = *Evaluator({}, diagnostics).evaluate(*e.expr, Scope());
  EXPECT_TRUE(value.has_verbatim());
  EXPECT_TRUE(value.as_object().find("a")->has_verbatim());
  EXPECT_FALSE(value.as_object().find("b")->has_verbatim());
}

TEST(ClientReferences, WarnOnlyIfNotAnExpression) {
  EXPECT_EQ(parse("a = \"${x:-y}\"", "f").diagnostics.warnings().size(), 1u);
  EXPECT_EQ(parse("a = \"${x.y}\"", "f").diagnostics.warnings().size(), 0u);
}

TEST(ClientReferences, HaveNoValueForOperators) {
  EXPECT_EQ(ev("node.class == \"x\""),
            "error: \"==\" cannot be applied to string \"${node.class}\": only the client knows its value");
  EXPECT_EQ(ev("node.class ? 1 : 2"),
            "error: \"if\" cannot be applied to string \"${node.class}\": only the client knows its value");
  EXPECT_EQ(
      ev("[for x in node.list : x]"),
      "error: \"for\" needs a list or an object, found string \"${node.list}\" (only the client knows its value)");
  EXPECT_EQ(ev("join(\",\", [node.class, \"b\"])"), "\"${node.class},b\"");
}

TEST(Evaluator, ReportsThePlaceOfAProblem) {
  ParseResult result = parse("a = 1\nb = [1,\n  upper([])]\n", "job.nomad");
  ASSERT_TRUE(result.ok());
  Diagnostics diagnostics;
  EXPECT_EQ(Evaluator({}, diagnostics).evaluate(*result.body.attributes[1].expr, Scope()), std::nullopt);
  EXPECT_EQ(diagnostics.all()[0].format(),
            "job.nomad:3:3: upper(): argument 1 must be a string, found list of 0\n  3 |   upper([])]\n    |   ^");
}

TEST(Scopes, InnerVariablesHideOuterOnes) {
  Scope outer;
  outer.set("a", "outer");
  outer.set("b", "outer");
  Scope inner(&outer);
  inner.set("a", "inner");
  EXPECT_EQ(inner.find("a")->as_string(), "inner");
  EXPECT_EQ(inner.find("b")->as_string(), "outer");
  EXPECT_EQ(inner.find("c"), nullptr);
}

}  // namespace
}  // namespace drover::hcl
