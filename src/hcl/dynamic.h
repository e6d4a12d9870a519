#pragma once

#include <functional>
#include <string_view>
#include <variant>
#include <vector>

#include "base/diagnostics.h"
#include "hcl/ast.h"
#include "hcl/budget.h"
#include "hcl/eval.h"

namespace drover::hcl {

// What stands between the braces of a block. HCL1 and JSON have blocks that are objects.
using Content = std::variant<const Body*, const ObjectExpr*>;

// dynamic "port" {
//   for_each = var.ports   # list, set, map or object
//   iterator = p           # "port" without it; an object with `key` and `value`
//   labels   = [p.key]
//   content { static = p.value }
// }
struct DynamicBlock {
  std::string_view type;  // Of the blocks that it makes.
  Range range;            // Of that type.
  const Expr* for_each = nullptr;
  const Expr* iterator = nullptr;  // May be null.
  const Expr* labels = nullptr;    // May be null.
  Content content;
};

// One block of those that a dynamic block makes. Alive only during the visit.
struct GeneratedBlock {
  std::string_view type;
  std::vector<Block::Label> labels;
  Content content;
  Range range;
  const Scope& scope;  // Of all that is in the content.
};

// Makes the blocks that `dynamic` blocks stand for, against one budget for all of a text.
class DynamicExpander {
 public:
  using Visit = std::function<void(const GeneratedBlock&)>;

  static constexpr size_t kMaxBlocks = 20'000;

  DynamicExpander(Evaluator& evaluator, Diagnostics& diagnostics)
      : evaluator_(evaluator), diagnostics_(diagnostics), budget_({.steps = kMaxBlocks}) {}

  // Visits the blocks in the order of the collection, by key for maps and objects. What is wrong goes to the
  // diagnostics; it visits nothing then, or no more.
  void expand(const Block& block, const Scope& scope, const Visit& visit);

  // The same for the value of a member `dynamic` of an object: {"port": {"for_each": …, "content": {…}}}.
  void expand(const Expr& value, const Scope& scope, const Visit& visit);

 private:
  void expand(const DynamicBlock& block, const Scope& scope, const Visit& visit);
  bool generate(const DynamicBlock& block, const Scope& scope, const Visit& visit);
  std::optional<std::vector<Block::Label>> labels_of(const DynamicBlock& block, const Scope& scope);
  std::optional<DynamicBlock> read_block(const Block& block);
  std::optional<DynamicBlock> read_object(std::string_view type, const Expr& value, const Range& range);
  bool set_part(DynamicBlock& out, std::string_view name, const Expr& value, const Range& range);
  bool check_parts(const DynamicBlock& block, bool has_content);
  std::nullopt_t fail(const Range& range, std::string message);

  Evaluator& evaluator_;
  Diagnostics& diagnostics_;
  Budget budget_;
};

bool is_dynamic(const Block& block);

}  // namespace drover::hcl
