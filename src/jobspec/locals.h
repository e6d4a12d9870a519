#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "hcl/eval.h"
#include "jobspec/hcl_items.h"

namespace drover::jobspec {

// The members of `locals` blocks, which may use each other in any order but not in circles.
class Locals {
 public:
  // The context must outlive this.
  explicit Locals(const HclContext& context) : context_(context) {}

  void add(const BlockView& block);

  // Sets `local` in the scope, which is that of the context.
  void evaluate(hcl::Scope& scope);

 private:
  enum class State : uint8_t { Open, Entered, Done, Failed };

  struct Local {
    HclItem item;
    std::vector<Local*> uses;
    bool uses_all = false;  // `local` as a whole: sees all that do not do so themselves
    State state = State::Open;
    hcl::Value value;
  };

  void find_uses(Local& local);
  void unknown(const hcl::Reference& reference);
  void visit(Local& start);
  void compute_with_uses(Local& local);
  void compute(Local& local, const hcl::Scope& scope);
  void publish(hcl::Scope& scope) const;
  void fail(Local& local, std::string_view problem);

  const HclContext& context_;
  std::map<std::string, Local, std::less<>> all_;
  std::vector<Local*> order_;
};

}  // namespace drover::jobspec
