#pragma once

#include <string>
#include <string_view>

#include "hcl/eval.h"
#include "hcl/json.h"
#include "hcl/parser.h"

namespace drover::hcl {

// The value of an expression as JSON, or "error: " and the message. `var`, `list` and `local` are in scope.
inline std::string evaluate_to_json(std::string_view text, EvalOptions options = {}) {
  Expression expression = parse_expression(text, "test", options.limits);
  if (expression.expr == nullptr) return "syntax: " + expression.diagnostics.all().at(0).message;
  Object var;
  var.set("name", "web");
  var.set("count", Number(3));
  var.set("on", Value(true));
  var.set("nothing", Value());
  Object first, second;
  first.set("id", "a");
  first.set("ports", Value::List{Number(80), Number(81)});
  second.set("id", "b");
  second.set("ports", Value::List{Number(90)});
  Scope scope;
  scope.set("var", std::move(var));
  scope.set("list", Value::List{Value(std::move(first)), Value(std::move(second))});
  Diagnostics diagnostics;
  Evaluator evaluator(options, diagnostics);
  const std::optional<Value> value = evaluator.evaluate(*expression.expr, scope);
  return value ? to_json(*value) : "error: " + diagnostics.all().at(0).message;
}

}  // namespace drover::hcl
