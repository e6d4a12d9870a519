#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostics.h"
#include "gotmpl/functions.h"
#include "gotmpl/parser.h"
#include "gotmpl/scratch.h"
#include "gotmpl/sources.h"

namespace drover::gotmpl {

// One rendering of a tree. Used once, by one thread.
class Interpreter final : public Context {
 public:
  Interpreter(const Tree& tree, const Options& options, Sources& sources, WallTime now);

  // False if it failed: error() says where and why.
  bool run(const Value& data);

  std::string take_output() { return std::move(output_); }
  const std::optional<Diagnostic>& error() const { return error_; }
  std::vector<Dependency> used() const { return used_; }
  std::vector<Dependency> missing() const;
  // Without the values of secrets that were used.
  std::string redacted(std::string message) const;
  bool over_budget() const { return meter_.exceeded().has_value(); }

  Meter& meter() override { return meter_; }
  WallTime now() const override { return now_; }
  Result<Answer> ask(Dependency dependency) override;
  void wait_for(const Dependency& dependency) override;
  Answer environment(const std::string& name) override;
  Result<std::string> execute(std::string_view name, const Value& dot) override;
  Object& scratch() override { return scratch_; }

 private:
  // How the statements of a body ended.
  enum class Flow : uint8_t { Next, Break, Continue, Failed };
  using Variables = std::vector<std::pair<std::string_view, Value>>;
  class Level;  // counts what is being evaluated within each other

  // Statements.
  Flow walk(const Body& body, const Value& dot);
  Flow walk_statement(const Statement& statement, const Value& dot);
  Flow walk_condition(const Statement& statement, const Value& dot);
  Flow walk_range(const Statement& statement, const Value& dot);
  // Calls `pass` for each item until it says false; false if this is nothing to iterate over.
  bool range_over(const Value& value, const Statement& statement,
                  const std::function<bool(const Value& index, const Value& item)>& pass);
  Flow walk_pass(const Statement& statement, const Value& index, const Value& item);
  Flow walk_template(const Statement& statement, const Value& dot);
  bool run_template(const Body& body, const Value& dot);
  bool emit(std::string_view text, Range range);
  bool emit_value(const Value& value, Range range);

  // Expressions: nothing if evaluation failed.
  using Evaluated = std::optional<Value>;
  Evaluated evaluate(const Pipe& pipe, const Value& dot);
  Evaluated evaluate_command(const Command& command, const Value& dot, const Value* piped);
  Evaluated evaluate_first(const Command& command, const Value& dot);
  Evaluated evaluate_operand(const Operand& operand, const Value& dot);
  Evaluated evaluate_base(const Operand& operand, const Value& dot);
  Evaluated evaluate_fields(const Operand& operand, Value value, size_t count);
  Evaluated evaluate_field(const Operand& operand, const Value& value, const std::string& name);
  Evaluated evaluate_method(const Command& command, const Value& dot, const Value* piped);
  Evaluated evaluate_call(const Operand& operand, const Command* command, const Value& dot, const Value* piped);
  Evaluated evaluate_logic(const Function& function, const Command& command, const Value& dot, const Value* piped);
  Evaluated evaluate_argument(const Operand& operand, const Value& dot, char type);
  Evaluated constant_of(const Operand& operand, char type);
  Evaluated checked(Value value, char type, Range range);
  Value* variable(std::string_view name);

  // Notes the failure, unless there is one already.
  void fail(Range range, std::string message);
  std::string excerpt(Range range) const;

  const Tree& tree_;
  const Options& options_;
  Sources& sources_;
  const WallTime now_;
  Meter meter_;
  Scratch scratch_;
  std::string output_;
  std::string* sink_ = &output_;
  std::string_view running_;  // the name of the template
  Variables variables_;
  uint32_t depth_ = 0;
  std::map<Dependency, Answer> answers_;
  std::vector<Dependency> used_;
  std::set<Dependency> missing_;
  std::optional<Diagnostic> error_;
};

}  // namespace drover::gotmpl
