#include "hcl/parser.h"

#include <gtest/gtest.h>

#include "hcl/eval.h"

namespace drover::hcl {
namespace {

std::string first_error(std::string_view text) {
  const ParseResult result = parse(text, "job.nomad");
  return result.ok() ? "no error" : result.diagnostics.all()[0].format();
}

size_t error_count(std::string_view text) {
  return parse(text, "job.nomad").diagnostics.error_count();
}

Value value_of(const Body& body, std::string_view name) {
  const Attribute* attribute = body.find_attribute(name);
  Diagnostics diagnostics;
  if (attribute == nullptr) return Value("absent");
  return Evaluator({}, diagnostics).evaluate(*attribute->expr, Scope()).value_or(Value("failed"));
}

TEST(Parser, ReadsAttributesAndBlocksInSourceOrder) {
  const ParseResult result = parse("b = 1\na = 2\ngroup \"x\" {\n  c = 3\n}\ngroup y {}\nb = 4\n", "f");
  ASSERT_TRUE(result.ok());
  ASSERT_EQ(result.body.attributes.size(), 3u);
  EXPECT_EQ(result.body.attributes[0].name, "b");
  EXPECT_EQ(result.body.attributes[2].name, "b");
  ASSERT_EQ(result.body.blocks.size(), 2u);
  EXPECT_EQ(result.body.blocks[0].labels[0].text, "x");
  EXPECT_EQ(result.body.blocks[1].labels[0].text, "y");
  EXPECT_EQ(value_of(result.body.blocks[0].body, "c"), Value(Number(3)));
}

TEST(Parser, GivesEveryNodeItsPlace) {
  const ParseResult result = parse("job \"j\" {\n  count = 1 + two\n}\n", "f");
  ASSERT_TRUE(result.ok());
  const Block& job = result.body.blocks[0];
  EXPECT_EQ(job.range.text(), "job \"j\" {\n  count = 1 + two\n}");
  EXPECT_EQ(job.labels[0].range.text(), "\"j\"");
  const Attribute& count = job.body.attributes[0];
  EXPECT_EQ(count.range.begin.line, 2u);
  EXPECT_EQ(count.range.begin.column, 3u);
  EXPECT_EQ(count.range.begin.offset, 12u);
  EXPECT_EQ(count.expr->range.text(), "1 + two");
  EXPECT_EQ(count.name_range.text(), "count");
}

TEST(Parser, ReadsSeveralArgumentsOfOneLineBlocks) {
  const ParseResult result =
      parse("task \"t\" { driver=\"x\" config { image = \"i\" } }\nport \"db\" { static = 1 to = 2, x = 3 }", "f");
  ASSERT_TRUE(result.ok()) << result.diagnostics.all()[0].format();
  EXPECT_EQ(value_of(result.body.blocks[0].body, "driver"), Value("x"));
  EXPECT_EQ(value_of(result.body.blocks[0].body.blocks[0].body, "image"), Value("i"));
  EXPECT_EQ(value_of(result.body.blocks[1].body, "to"), Value(Number(2)));
  EXPECT_EQ(value_of(result.body.blocks[1].body, "x"), Value(Number(3)));
}

TEST(Parser, ReadsQuotedAndDottedNames) {
  const ParseResult result = parse("\"a.b\" = 1\ndriver.raw_exec = \"1\"\n\"block\" \"label\" {\n}\n", "f");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(value_of(result.body, "a.b"), Value(Number(1)));
  EXPECT_EQ(value_of(result.body, "driver.raw_exec"), Value("1"));
  EXPECT_EQ(result.body.blocks[0].type, "block");
}

TEST(Parser, ReadsHcl1Objects) {
  const ParseResult result = parse(
      "config = {\n  image = \"i\"\n  port_map { http = 80 }\n  labels \"x\" { a = 1 b = 2 }\n  \"k\": [1, 2,],\n}\n",
      "f");
  ASSERT_TRUE(result.ok()) << result.diagnostics.all()[0].format();
  const Value value = value_of(result.body, "config");
  const Object& config = value.as_object();
  EXPECT_EQ(*config.find("port_map")->as_object().find("http"), Value(Number(80)));
  EXPECT_EQ(*config.find("labels")->as_object().find("x")->as_object().find("b"), Value(Number(2)));
  EXPECT_EQ(config.find("k")->as_list().size(), 2u);
}

TEST(Parser, SkipsCommentsByteOrderMarkAndCarriageReturns) {
  const ParseResult result = parse(
      "\xef\xbb\xbf# one\r\n// two\r\n/* three\r\n */ a = 1 # four\r\nb /* x */ = /* y */ 2\r\n\r\nc {\r\n}\r\n", "f");
  ASSERT_TRUE(result.ok()) << result.diagnostics.all()[0].format();
  EXPECT_EQ(value_of(result.body, "a"), Value(Number(1)));
  EXPECT_EQ(value_of(result.body, "b"), Value(Number(2)));
  EXPECT_EQ(result.body.blocks.size(), 1u);
}

TEST(Parser, ReadsListsOverSeveralLines) {
  const ParseResult result =
      parse("a = [\n  1, # one\n  2,\n]\nb = [\n  { x = 1 },\n  {\n    y = 2\n    z = 3\n  }\n]\n", "f");
  ASSERT_TRUE(result.ok()) << result.diagnostics.all()[0].format();
  EXPECT_EQ(value_of(result.body, "a").as_list().size(), 2u);
  EXPECT_EQ(value_of(result.body, "b").as_list()[1].as_object().size(), 2u);
}

TEST(Parser, ReadsHeredocs) {
  const ParseResult result =
      parse("a = <<EOT\n  x\n\n y\nEOT\nb = <<-EOT\n    x\n\n      y\n  EOT\nc = [<<A\none\nA\n, 2]\nd = 1\n", "f");
  ASSERT_TRUE(result.ok()) << result.diagnostics.all()[0].format();
  EXPECT_EQ(value_of(result.body, "a"), Value("  x\n\n y\n"));
  EXPECT_EQ(value_of(result.body, "b"), Value("x\n\n  y\n"));
  EXPECT_EQ(value_of(result.body, "c").as_list()[0], Value("one\n"));
  EXPECT_EQ(value_of(result.body, "d"), Value(Number(1)));
}

TEST(Parser, KeepsTheBodyAliveOnItsOwn) {
  Body body = parse("a = \"${x.y}\"", "f").body;
  EXPECT_EQ(value_of(body, "a").as_string(), "${x.y}");
}

TEST(ParserErrors, NamesTheBlockThatIsNotClosed) {
  EXPECT_EQ(first_error("job \"j\" {\n  group \"g\" {\n    count = 1\n}\n"),
            "job.nomad:5:1: expected \"}\" to close block \"job\" opened at 1:1, found the end of the text");
}

TEST(ParserErrors, ShowsTheSourceLine) {
  EXPECT_EQ(first_error("a = 1\nb = = 2\n"),
            "job.nomad:2:5: expected a value, found \"=\"\n  2 | b = = 2\n    |     ^");
}

TEST(ParserErrors, SayWhatWasExpected) {
  EXPECT_EQ(
      first_error("count\n"),
      "job.nomad:1:6: expected \"=\" or \"{\" after \"count\", found the end of the line\n  1 | count\n    |      ^");
  EXPECT_NE(first_error("a = [1 2]").find("expected \",\" or \"]\" to close the list opened at 1:5, found \"2\""),
            std::string::npos);
  EXPECT_NE(first_error("a = \"x\nb = 1").find("to close the string before the end of the line"), std::string::npos);
  EXPECT_NE(first_error("a = 30s").find("\"30s\" is not a number; if it is text, put it in quotes"), std::string::npos);
  EXPECT_NE(first_error("a = <<EOT\nx\n").find("expected a line \"EOT\" to close the heredoc"), std::string::npos);
  EXPECT_NE(first_error("a = \"\\d\"").find("unknown escape \"\\d\""), std::string::npos);
  EXPECT_NE(first_error("a = /* x").find("to close the comment"), std::string::npos);
  EXPECT_NE(first_error("a =\nb = 1").find("expected a value for \"a\""), std::string::npos);
  EXPECT_NE(first_error("a = 1\n}\n").find("closes nothing"), std::string::npos);
  EXPECT_NE(first_error("a = \"${b c\"").find("to close the \"${\""), std::string::npos);
  EXPECT_NE(first_error("a = \"%{ if x }y\"").find("\"%{ endif }\""), std::string::npos);
  EXPECT_NE(first_error("a = \"%{ endif }\"").find("has no beginning"), std::string::npos);
  EXPECT_NE(first_error("a = \x01").find("found \"\\x01\""), std::string::npos);
}

TEST(ParserErrors, ReportSeveralProblemsWithoutFollowUps) {
  EXPECT_EQ(error_count("a = = 1\nb = 2\nc {\n  d = ]\n  e = 1\n}\nf = *\n"), 3u);
  EXPECT_EQ(error_count("a = [\n  1 2,\n  3\n]\nb = { x 1\n  y = 2\n}\nc = 1\n"), 2u);
  EXPECT_EQ(error_count("job \"x\" {\n  a = \"unclosed\n  b = 1\n}\n"), 1u);
  EXPECT_EQ(error_count("job {"), 1u);
  EXPECT_LE(error_count(std::string(1000, ']')), 2u);
}

TEST(ParserErrors, RefuseTextsThatAreTooLong) {
  EXPECT_FALSE(parse(std::string(100, ' '), "f", {.text_bytes = 99}).ok());
  EXPECT_FALSE(parse_expression(std::string(100, ' '), "f", {.text_bytes = 99}).diagnostics.all().empty());
}

TEST(Expressions, StandOnTheirOwn) {
  EXPECT_NE(parse_expression("[\n1,\n2\n]", "-var").expr, nullptr);
  EXPECT_EQ(parse_expression("1 2", "-var").expr, nullptr);
  EXPECT_EQ(parse_expression("", "-var").expr, nullptr);
}

TEST(Syntax, FindsKeywordsAndConstructors) {
  EXPECT_EQ(as_keyword(*parse_expression("string", "f").expr), "string");
  EXPECT_EQ(as_keyword(*parse_expression("\"string\"", "f").expr), std::nullopt);
  EXPECT_EQ(as_literal_string(*parse_expression("(\"s\")", "f").expr), "s");
  EXPECT_NE(as_object_expr(*parse_expression("({a = 1})", "f").expr), nullptr);
  EXPECT_NE(as_list_expr(*parse_expression("[1]", "f").expr), nullptr);
}

TEST(Syntax, ListsReferences) {
  const Expression e = parse_expression(
      "\"${local.a.b}-${upper(var[\"x\"])}\" == [for k, v in local.m : \"${k}${v.z}${w}\" if v[local.i].p]", "f");
  ASSERT_NE(e.expr, nullptr);
  std::string found;
  for (const Reference& reference : references(*e.expr)) found += reference.root + "." + reference.attribute + " ";
  EXPECT_EQ(found, "local.a var.x local.m w. local.i ");
}

}  // namespace
}  // namespace drover::hcl
