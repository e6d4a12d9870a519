#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "hcl/ast.h"
#include "hcl/dynamic.h"
#include "hcl/eval.h"

// A block can be written in many ways: as one, as an object (`resources = { … }`), as a list of objects, as an object
// of objects where it has labels, and all of these again in JSON. To readers they are all BlockViews.
namespace drover::jobspec {

// A block, however it was written. Does not own what it views.
struct BlockView {
  std::string_view type;
  std::span<const hcl::Block::Label> labels;
  std::variant<const hcl::Body*, const hcl::ObjectExpr*, const hcl::Object*> content;
  hcl::Range range;                     // of its type or last label
  const hcl::Block* written = nullptr;  // null unless it is written as a block

  static BlockView of(const hcl::Block& block);
  static BlockView of(const hcl::GeneratedBlock& block);
  bool has_argument(std::string_view name) const;
};

// One argument or block of a body, or one member of an object that stands for a block.
struct HclItem {
  std::string name;
  hcl::Range range;  // of the name
  std::variant<const hcl::Expr*, BlockView, hcl::Value> content;

  // Null for an argument.
  const BlockView* block() const { return std::get_if<BlockView>(&content); }
};

// What evaluates the expressions of a file. `scope` changes from block to block.
struct HclContext {
  hcl::Evaluator& evaluator;
  const hcl::Scope* scope;
  Diagnostics& diagnostics;

  // The value of an argument; nothing after having said what is wrong with it. REQUIRES that the item is no block.
  std::optional<hcl::Value> evaluate(const HclItem& item) const;
  void error(const hcl::Range& range, std::string message) const;
};

// In the order in which they are written.
std::vector<HclItem> items_of(const BlockView& block, const HclContext& context);

using VisitItem = std::function<void(const HclItem&)>;

// Visits the blocks that an item stands for, as blocks. An object in the place of a block has `labels` levels of keys
// that are labels. Null stands for no block.
void for_each_block(const HclItem& item, size_t labels, const HclContext& context, const VisitItem& visit);

// An argument that can only be meant as a block: an object constructor, or a list of those.
bool is_block_like(const HclItem& item);

}  // namespace drover::jobspec
