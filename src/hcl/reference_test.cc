// Expressions with the values that HashiCorp's own implementation (hcl 2.14, go-cty 1.12) gives them.
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "hcl/eval.h"
#include "hcl/json.h"
#include "hcl/parser.h"

namespace drover::hcl {
namespace {

constexpr const char* kFile = "src/hcl/testdata/reference.jsonl";

// As JSON, or "error".
std::string evaluated(const std::string& text, const Scope& scope) {
  const Expression expression = parse_expression(text, "reference");
  if (expression.expr == nullptr) return "error";
  Diagnostics diagnostics;
  Evaluator evaluator({}, diagnostics);
  const std::optional<Value> value = evaluator.evaluate(*expression.expr, scope);
  return value ? to_json(*value) : "error";
}

TEST(Reference, EveryRecordedExpressionHasTheSameResult) {
  std::ifstream file(kFile);
  std::string line;
  ASSERT_TRUE(std::getline(file, line)) << kFile;
  Scope scope;
  scope.set("var", *from_json(line, 10)->as_object().find("variables"));
  int count = 0;
  for (; std::getline(file, line); ++count) {
    const Result<Value> entry = from_json(line, 20);
    ASSERT_TRUE(entry.has_value()) << line;
    const std::string& text = entry->as_object().find("expression")->as_string();
    const Value* value = entry->as_object().find("value");
    EXPECT_EQ(evaluated(text, scope), value != nullptr ? to_json(*value) : "error") << text;
  }
  EXPECT_GT(count, 300);
}

}  // namespace
}  // namespace drover::hcl
