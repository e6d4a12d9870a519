#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "base/result.h"
#include "hcl/ast.h"
#include "hcl/budget.h"
#include "hcl/functions.h"
#include "hcl/limits.h"
#include "hcl/value.h"

namespace drover::hcl {

// Variables by name (`var`, `local`, `each`, an iterator). A name that is in no scope is the client's: a reference to
// it stays in the result as `${…}`. Must outlive its children.
class Scope {
 public:
  explicit Scope(const Scope* parent = nullptr) : parent_(parent) {}

  void set(std::string name, Value value);
  const Value* find(std::string_view name) const;

 private:
  const Scope* const parent_;
  std::map<std::string, Value, std::less<>> variables_;
};

struct EvalOptions {
  Limits limits;
  FunctionEnv functions;  // What functions may reach outside of the text: nothing, unless given.
};

// Evaluates expressions of one text against one budget. Not thread-safe; must not outlive the diagnostics.
class Evaluator {
 public:
  Evaluator(EvalOptions options, Diagnostics& diagnostics);

  // The value, or nothing after having added what is wrong to the diagnostics.
  std::optional<Value> evaluate(const Expr& expr, const Scope& scope);

  // True once the budget is spent: everything else fails too, without further diagnostics.
  bool exhausted() const { return budget_.exhausted(); }

 private:
  const EvalOptions options_;
  Diagnostics& diagnostics_;
  Budget budget_;
  bool exhaustion_reported_ = false;
};

}  // namespace drover::hcl
