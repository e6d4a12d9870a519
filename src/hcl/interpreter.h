#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "hcl/ast.h"
#include "hcl/budget.h"
#include "hcl/eval.h"
#include "hcl/functions.h"

namespace drover::hcl {

// Walks one expression. The Error of a failed Result is only a signal: what went wrong, and where, is in failure().
class Interpreter {
 public:
  Interpreter(const FunctionEnv& env, Budget& budget) : env_(env), budget_(budget) {}

  Result<Value> eval(const Expr& expr, const Scope& scope);
  const std::optional<Diagnostic>& failure() const { return failure_; }

 private:
  using Steps = std::vector<Access::Step>;

  Result<Value> eval_node(const Literal& node, const Expr& expr, const Scope& scope);
  Result<Value> eval_node(const Template& node, const Expr& expr, const Scope& scope);
  Result<Value> eval_node(const TemplateWrap& node, const Expr& expr, const Scope& scope);
  Result<Value> eval_node(const Verbatim& node, const Expr& expr, const Scope& scope);
  Result<Value> eval_node(const TemplateIf& node, const Expr& expr, const Scope& scope);
  Result<Value> eval_node(const TemplateFor& node, const Expr& expr, const Scope& scope);
  Result<Value> eval_node(const ListExpr& node, const Expr& expr, const Scope& scope);
  Result<Value> eval_node(const ObjectExpr& node, const Expr& expr, const Scope& scope);
  Result<Value> eval_node(const Variable& node, const Expr& expr, const Scope& scope);
  Result<Value> eval_node(const Access& node, const Expr& expr, const Scope& scope);
  Result<Value> eval_node(const Call& node, const Expr& expr, const Scope& scope);
  Result<Value> eval_node(const Unary& node, const Expr& expr, const Scope& scope);
  Result<Value> eval_node(const Binary& node, const Expr& expr, const Scope& scope);
  Result<Value> eval_node(const Conditional& node, const Expr& expr, const Scope& scope);
  Result<Value> eval_node(const For& node, const Expr& expr, const Scope& scope);
  Result<Value> eval_node(const Parens& node, const Expr& expr, const Scope& scope);

  Result<bool> eval_condition(const Expr& expr, const Scope& scope);
  Result<std::string> eval_text(const Expr& expr, const Scope& scope);
  Result<Value> apply_steps(Value value, const Steps& steps, size_t next, size_t end, const Scope& scope);
  Result<Value> apply_splat(const Value& value, const Steps& steps, size_t begin, size_t end, const Scope& scope);
  Result<Value> index_value(const Value& value, const Value& index, const Range& range);
  Result<Value> member_of(const Value& value, std::string_view name, const Range& range);
  Result<Value> call_try(const Call& node, const Expr& expr, const Scope& scope);
  Result<Value> call_can(const Call& node, const Expr& expr, const Scope& scope);
  Result<Value> call_convert(const Call& node, const Expr& expr, const Scope& scope);
  Result<std::vector<Value>> eval_args(const Call& node, const Scope& scope);

  struct Entry {
    Value key;
    Value value;
  };
  // What `for` goes through: the members by key, or the items by number.
  Result<std::vector<Entry>> entries_of(const Expr& collection, const Scope& scope);

  // The value, after its cost has been charged.
  Result<Value> produced(Value value, const Range& range);
  template <class T>
  Result<T> at(Result<T> result, const Range& range);
  tl::unexpected<Error> fail(const Range& range, std::string message);

  const FunctionEnv& env_;
  Budget& budget_;
  std::optional<Diagnostic> failure_;
};

}  // namespace drover::hcl
