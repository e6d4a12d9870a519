#include "hcl/eval.h"

#include "hcl/interpreter.h"

namespace drover::hcl {

void Scope::set(std::string name, Value value) {
  variables_.insert_or_assign(std::move(name), std::move(value));
}

const Value* Scope::find(std::string_view name) const {
  for (const Scope* scope = this; scope != nullptr; scope = scope->parent_) {
    const auto found = scope->variables_.find(name);
    if (found != scope->variables_.end()) return &found->second;
  }
  return nullptr;
}

Evaluator::Evaluator(EvalOptions options, Diagnostics& diagnostics)
    : options_(options), diagnostics_(diagnostics), budget_(options.limits) {}

std::optional<Value> Evaluator::evaluate(const Expr& expr, const Scope& scope) {
  Interpreter interpreter(options_.functions, budget_);
  Result<Value> value = interpreter.eval(expr, scope);
  if (value) return std::move(*value);
  if (!exhaustion_reported_) diagnostics_.add(*interpreter.failure());
  exhaustion_reported_ = budget_.exhausted();
  return std::nullopt;
}

}  // namespace drover::hcl
