#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hcl/budget.h"
#include "hcl/eval.h"
#include "hcl/parser.h"
#include "hcl/type.h"
#include "jobspec/hcl_items.h"
#include "jobspec/parse.h"
#include "jobspec/secrets.h"

namespace drover::jobspec {

// The variables of a job file: what it declares, and the values that they get from outside or by default.
class Variables {
 public:
  // All of these must outlive this.
  Variables(const VariableOptions& options, const HclContext& context, Secrets& secrets);

  // variable "name" { … }
  void declare(const BlockView& block);
  // variables { name = default … }
  void declare_defaults(const BlockView& block);

  // Sets `var` in the scope, which is that of the context.
  void evaluate(hcl::Scope& scope);

 private:
  struct Validation {
    hcl::Range range;
    std::optional<HclItem> condition;
    std::optional<HclItem> message;
  };

  // A value from outside: text as it was typed, or an expression of a file.
  struct Input {
    const VariableInput* typed = nullptr;
    const hcl::Expr* expr = nullptr;
  };

  struct Variable {
    std::string name;
    hcl::Range range;
    std::optional<hcl::Type> type;
    std::optional<HclItem> default_item;
    std::optional<hcl::Value> default_value;
    bool sensitive = false;
    std::vector<Validation> validations;
    std::optional<Input> input;
    hcl::Range place;  // of the value
  };

  Variable* add(std::string name, const hcl::Range& range);
  void read_argument(Variable& variable, const HclItem& item);
  void read_validation(Variable& variable, const BlockView& block);
  void read_default(Variable& variable);
  void collect(const std::vector<VariableInput>& inputs, bool ignore_unknown);
  void collect(const VariableFile& file);
  void unknown(const std::string& name, Diagnostic diagnostic);
  std::optional<hcl::Value> value_of(Variable& variable);
  std::optional<hcl::Value> read_typed(Variable& variable, const VariableInput& input);
  std::optional<hcl::Value> convert(const Variable& variable, const hcl::Value& value);
  std::optional<hcl::Value> constant(const hcl::Expr& expr, const Variable* variable);
  void report(const Diagnostics& problems, const Variable* variable);
  void check(const Variable& variable, const Validation& validation);
  bool any_sensitive() const;

  const VariableOptions& options_;
  const HclContext& context_;
  Secrets& secrets_;
  hcl::Budget conversions_;
  Diagnostics input_problems_;  // of the expression that is being evaluated
  hcl::Evaluator constants_;    // of what may use no variables
  std::map<std::string, Variable, std::less<>> all_;
  std::vector<Variable*> order_;
  std::deque<hcl::ParseResult> files_;
  std::deque<hcl::Expression> expressions_;
  std::deque<hcl::Source> texts_;
};

}  // namespace drover::jobspec
