#include "hcl/write.h"

#include <gtest/gtest.h>

#include "hcl/eval.h"
#include "hcl/format.h"
#include "hcl/parser.h"

namespace drover::hcl {
namespace {

bool is_attr(std::string_view root) {
  return root == "attr";
}

// The value of the argument `x` of a text.
Value read_back(std::string_view text) {
  const ParseResult parsed = parse(text, "f");
  const Attribute* x = parsed.ok() ? parsed.body.find_attribute("x") : nullptr;
  Diagnostics diagnostics;
  if (x == nullptr) return Value("cannot be read");
  Scope scope;
  scope.set("var", Object());
  return Evaluator({}, diagnostics).evaluate(*x->expr, scope).value_or(Value("cannot be evaluated"));
}

std::string written(const Value& value) {
  Writer writer(is_attr);
  writer.attribute("x", value);
  return writer.finish();
}

TEST(Writer, WritesBodiesInCanonicalLayout) {
  Writer writer;
  writer.open("job", {"web"});
  writer.attribute("type", Value("batch"));
  writer.attribute("priority", Number(50));
  writer.open("group", {"a \"b\""});
  writer.close();
  writer.open("meta");
  writer.attribute("a.b", Value("c"));
  writer.close();
  writer.attribute("last", Value(Value::List{Number(1), Value(true), Value()}));
  writer.close();
  EXPECT_EQ(writer.finish(),
            "job \"web\" {\n  type     = \"batch\"\n  priority = 50\n\n  group \"a \\\"b\\\"\" {}\n\n  meta {\n"
            "    \"a.b\" = \"c\"\n  }\n\n  last = [1, true, null]\n}\n");
}

TEST(Writer, KeepsTheReferencesOfClientsAndEscapesTheRest) {
  EXPECT_EQ(quoted("${attr.kernel.name}", is_attr), "\"${attr.kernel.name}\"");
  EXPECT_EQ(quoted("${var.x} %{if}", is_attr), "\"$${var.x} %%{if}\"");
  EXPECT_EQ(quoted("$${attr.x}", is_attr), "\"$$${attr.x}\"");
  EXPECT_EQ(quoted("${attr.x"), "\"$${attr.x\"");
}

TEST(Writer, MakesHeredocsOfTextOfSeveralLines) {
  EXPECT_EQ(written(Value("a\n  b \\ \"c\" ${attr.x}\n")), "x = <<EOH\na\n  b \\ \"c\" ${attr.x}\nEOH\n");
  EXPECT_EQ(written(Value("a\n EOH\n")), "x = <<EOH2\na\n EOH\nEOH2\n");
  EXPECT_EQ(written(Value("a\nb")), "x = \"a\\nb\"\n");
}

TEST(Writer, WritesStringsThatReadBackTheSame) {
  const std::string texts[] = {"",
                               "plain",
                               "\"\\\t\r\n",
                               std::string("a\0b\x01\x7f", 5),
                               "é € \U0001F600 \u2028",
                               "bad \xff\xc3 utf-8",
                               "${attr.a.b} ${ attr.a } ${attr} ${attr.a-b_c}",
                               "${var.x} ${upper(\"x\")} ${X:-y} ${} ${ $${ $$${ $${attr.x} $$$${attr.x}",
                               "%{ if true }x%{ endif } %%{ %%%{ %{http_code}",
                               "$ % $$ %% ${",
                               "line\nline ${var.x} %{ for }\n\ttab\n",
                               "EOH\nEOH2\nx\n",
                               "\n\n",
                               "a\r\nb\r\n",
                               "${attr.0} ${attr[\"x\"]} ${attr.a.} ${true} ${null}"};
  for (const std::string& text : texts) {
    EXPECT_EQ(read_back(written(Value(text))), Value(text)) << written(Value(text));
    Object object;
    object.set(text, Value::List{Value(text)});
    EXPECT_EQ(read_back(written(Value(object))), Value(object)) << written(Value(object));
  }
}

TEST(Writer, WritesValuesThatReadBackTheSame) {
  Object inner;
  inner.set("for", Number(1));
  inner.set("a-b", *Number::parse("-0.1"));
  inner.set("1", Value());
  const Value value(Value::List{Value(inner), Value(Value::List{}), Value(Object()), *Number::parse("1e30")});
  EXPECT_EQ(read_back(written(value)), value) << written(value);
  EXPECT_EQ(*format(written(value), "f"), written(value));
}

}  // namespace
}  // namespace drover::hcl
