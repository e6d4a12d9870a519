#include "hcl/ast.h"

#include <algorithm>

#include "hcl/parser_core.h"
#include "hcl/walk.h"

namespace drover::hcl {
namespace {

// Names that a `for` around the present expression defines, innermost last.
using Bound = std::vector<std::string_view>;

void collect(const Expr& expr, Bound& bound, std::vector<Reference>& out);

void collect_optional(const ExprPtr& expr, Bound& bound, std::vector<Reference>& out) {
  if (expr != nullptr) collect(*expr, bound, out);
}

std::string first_attribute(const Access& access) {
  const Access::Step& step = access.steps.front();
  if (const auto* attr = std::get_if<Access::Attr>(&step.kind)) return attr->name;
  if (const auto* index = std::get_if<Access::Index>(&step.kind)) {
    if (const auto text = as_literal_string(*index->index)) return std::string(*text);
  }
  return {};
}

void add_reference(const Variable& variable, std::string attribute, const Range& range, const Bound& bound,
                   std::vector<Reference>& out) {
  if (std::find(bound.begin(), bound.end(), variable.name) != bound.end()) return;
  out.push_back({.root = variable.name, .attribute = std::move(attribute), .range = range});
}

void collect(const Expr& expr, Bound& bound, std::vector<Reference>& out) {
  if (const auto* variable = std::get_if<Variable>(&expr.node))
    return add_reference(*variable, "", expr.range, bound, out);
  if (const auto* access = std::get_if<Access>(&expr.node)) {
    if (const auto* root = std::get_if<Variable>(&access->base->node)) {
      add_reference(*root, first_attribute(*access), expr.range, bound, out);
      for (const Access::Step& step : access->steps) {
        if (const auto* index = std::get_if<Access::Index>(&step.kind)) collect(*index->index, bound, out);
      }
      return;
    }
  }
  const size_t outer = bound.size();
  if (const auto* loop = std::get_if<For>(&expr.node)) {
    collect(*loop->collection, bound, out);
    bound.insert(bound.end(), {loop->key_name, loop->value_name});
    collect_optional(loop->key, bound, out);
    collect_optional(loop->value, bound, out);
    collect_optional(loop->condition, bound, out);
  } else if (const auto* loop = std::get_if<TemplateFor>(&expr.node)) {
    collect(*loop->collection, bound, out);
    bound.insert(bound.end(), {loop->key, loop->value});
    collect(*loop->body, bound, out);
  } else {
    for_each_child(expr.node, [&](const Expr& child) { collect(child, bound, out); });
  }
  bound.resize(outer);
}

bool is_splat(const Access::Step& step) {
  return std::holds_alternative<Access::AttrSplat>(step.kind) || std::holds_alternative<Access::FullSplat>(step.kind);
}

const Expr& without_parens(const Expr& expr) {
  const Expr* inner = &expr;
  while (const auto* parens = std::get_if<Parens>(&inner->node)) inner = parens->inner.get();
  return *inner;
}

}  // namespace

uint32_t children_depth(const Expr::Node& node) {
  uint32_t depth = 0;
  for_each_child(node, [&](const Expr& child) { depth = std::max(depth, child.depth); });
  const auto* access = std::get_if<Access>(&node);
  if (access == nullptr) return depth;
  return depth + static_cast<uint32_t>(std::count_if(access->steps.begin(), access->steps.end(), is_splat));
}

std::string_view to_string(BinaryOp op) {
  switch (op) {
    case BinaryOp::Or:
      return "||";
    case BinaryOp::And:
      return "&&";
    case BinaryOp::Eq:
      return "==";
    case BinaryOp::Ne:
      return "!=";
    case BinaryOp::Lt:
      return "<";
    case BinaryOp::Le:
      return "<=";
    case BinaryOp::Gt:
      return ">";
    case BinaryOp::Ge:
      return ">=";
    case BinaryOp::Add:
      return "+";
    case BinaryOp::Sub:
      return "-";
    case BinaryOp::Mul:
      return "*";
    case BinaryOp::Div:
      return "/";
    case BinaryOp::Mod:
      return "%";
  }
  return "";
}

const Attribute* Body::find_attribute(std::string_view name) const {
  const auto found = std::find_if(attributes.begin(), attributes.end(), [&](const auto& a) { return a.name == name; });
  return found == attributes.end() ? nullptr : &*found;
}

const Block* Body::find_block(std::string_view type) const {
  const auto found = std::find_if(blocks.begin(), blocks.end(), [&](const auto& b) { return b.type == type; });
  return found == blocks.end() ? nullptr : &*found;
}

std::optional<std::string_view> as_keyword(const Expr& expr) {
  if (const auto* variable = std::get_if<Variable>(&expr.node)) return variable->name;
  return std::nullopt;
}

const ObjectExpr* as_object_expr(const Expr& expr) {
  return std::get_if<ObjectExpr>(&without_parens(expr).node);
}

const ListExpr* as_list_expr(const Expr& expr) {
  return std::get_if<ListExpr>(&without_parens(expr).node);
}

std::optional<std::string_view> as_literal_string(const Expr& expr) {
  const auto* literal = std::get_if<Literal>(&without_parens(expr).node);
  if (literal == nullptr || !literal->value.is_string()) return std::nullopt;
  return literal->value.as_string();
}

std::vector<Reference> references(const Expr& expr) {
  std::vector<Reference> out;
  Bound bound;
  collect(expr, bound, out);
  return out;
}

}  // namespace drover::hcl
