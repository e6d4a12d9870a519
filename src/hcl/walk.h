#pragma once

#include <variant>

#include "hcl/ast.h"

namespace drover::hcl {

// Calls `visit(const Expr&)` for each expression directly below a node, in evaluation order.
template <class Visit>
void for_each_child(const Expr::Node& node, Visit&& visit) {
  const auto one = [&](const ExprPtr& child) {
    if (child != nullptr) visit(*child);
  };
  struct Children {
    decltype(one) one;
    void operator()(const Literal&) const {}
    void operator()(const Verbatim&) const {}
    void operator()(const Variable&) const {}
    void operator()(const Template& n) const { all(n.parts); }
    void operator()(const TemplateWrap& n) const { one(n.inner); }
    void operator()(const TemplateIf& n) const { one(n.condition), one(n.then_part), one(n.else_part); }
    void operator()(const TemplateFor& n) const { one(n.collection), one(n.body); }
    void operator()(const ListExpr& n) const { all(n.items); }
    void operator()(const ObjectExpr& n) const {
      for (const ObjectExpr::Item& item : n.items) one(item.key), one(item.value);
    }
    void operator()(const Access& n) const {
      one(n.base);
      for (const Access::Step& step : n.steps) {
        if (const auto* index = std::get_if<Access::Index>(&step.kind)) one(index->index);
      }
    }
    void operator()(const Call& n) const { all(n.args); }
    void operator()(const Unary& n) const { one(n.operand); }
    void operator()(const Binary& n) const { one(n.left), one(n.right); }
    void operator()(const Conditional& n) const { one(n.condition), one(n.then_part), one(n.else_part); }
    void operator()(const For& n) const { one(n.collection), one(n.key), one(n.value), one(n.condition); }
    void operator()(const Parens& n) const { one(n.inner); }
    void all(const std::vector<ExprPtr>& list) const {
      for (const ExprPtr& child : list) one(child);
    }
  };
  std::visit(Children{one}, node);
}

}  // namespace drover::hcl
