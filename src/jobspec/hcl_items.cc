#include "jobspec/hcl_items.h"

#include <algorithm>

#include "base/strings.h"
#include "hcl/source.h"

namespace drover::jobspec {
namespace {

// Members of this name are comments in HCL's JSON.
constexpr std::string_view kComment = "//";

std::vector<HclItem> items_of_body(const hcl::Body& body) {
  std::vector<HclItem> items;
  items.reserve(body.attributes.size() + body.blocks.size());
  for (const hcl::Attribute& attribute : body.attributes) {
    if (attribute.name != kComment) items.push_back({attribute.name, attribute.name_range, attribute.expr.get()});
  }
  const bool mixed = !items.empty();
  for (const hcl::Block& block : body.blocks) items.push_back({block.type, block.type_range, BlockView::of(block)});
  if (mixed) std::ranges::sort(items, {}, [](const HclItem& item) { return item.range.begin.offset; });
  return items;
}

std::optional<std::string> key_of(const hcl::Expr& key, const HclContext& context) {
  if (const auto text = hcl::as_literal_string(key)) return std::string(*text);
  const auto value = context.evaluator.evaluate(key, *context.scope);
  if (!value) return std::nullopt;
  auto text = hcl::to_text(*value);
  if (!text) context.error(key.range, fmt::format("a key must be a string, not {}", hcl::describe(*value)));
  return text;
}

std::vector<HclItem> items_of_object(const hcl::ObjectExpr& object, const HclContext& context) {
  std::vector<HclItem> items;
  items.reserve(object.items.size());
  for (const hcl::ObjectExpr::Item& item : object.items) {
    auto key = key_of(*item.key, context);
    if (key && *key != kComment) items.push_back({std::move(*key), item.key->range, item.value.get()});
  }
  return items;
}

std::vector<HclItem> items_of_value(const hcl::Object& object, const hcl::Range& range) {
  std::vector<HclItem> items;
  for (const auto& [name, value] : object.members()) items.push_back({name, range, value});
  return items;
}

// Goes through lists and levels of labels down to the objects that are blocks.
class BlockFinder {
 public:
  BlockFinder(const HclItem& item, size_t labels, const HclContext& context, const VisitItem& visit)
      : item_(item), wanted_(labels), context_(context), visit_(visit) {}

  void find(const hcl::Expr& expr, const hcl::Range& range) {
    if (const hcl::ListExpr* list = hcl::as_list_expr(expr)) {
      for (const hcl::ExprPtr& element : list->items) find(*element, element->range);
      return;
    }
    if (const hcl::ObjectExpr* object = hcl::as_object_expr(expr)) {
      if (labels_.size() == wanted_) return found(object, range);
      for (const HclItem& member : items_of_object(*object, context_)) labelled(member);
      return;
    }
    if (const auto value = context_.evaluator.evaluate(expr, *context_.scope)) find(*value, range);
  }

  void find(const hcl::Value& value, const hcl::Range& range) {
    if (value.is_null()) return;
    if (value.is_list()) {
      for (const hcl::Value& element : value.as_list()) find(element, range);
    } else if (!value.is_object()) {
      context_.error(range, fmt::format("{}: expected a block, not {}", printable(item_.name, 80),
                                        printable(hcl::describe(value), 120)));
    } else if (labels_.size() == wanted_) {
      found(&value.as_object(), range);
    } else {
      for (const HclItem& member : items_of_value(value.as_object(), range)) labelled(member);
    }
  }

 private:
  void labelled(const HclItem& member) {
    labels_.push_back({.text = member.name, .range = member.range});
    if (const auto* expr = std::get_if<const hcl::Expr*>(&member.content)) {
      find(**expr, member.range);
    } else {
      find(std::get<hcl::Value>(member.content), member.range);
    }
    labels_.pop_back();
  }

  template <class Content>
  void found(Content content, const hcl::Range& range) {
    visit_({item_.name, range, BlockView{.type = item_.name, .labels = labels_, .content = content, .range = range}});
  }

  const HclItem& item_;
  const size_t wanted_;
  const HclContext& context_;
  const VisitItem& visit_;
  std::vector<hcl::Block::Label> labels_;
};

}  // namespace

BlockView BlockView::of(const hcl::Block& block) {
  return {
      .type = block.type, .labels = block.labels, .content = &block.body, .range = block.type_range, .written = &block};
}

BlockView BlockView::of(const hcl::GeneratedBlock& block) {
  BlockView out{.type = block.type, .labels = block.labels, .range = block.range};
  std::visit([&](const auto* content) { out.content = content; }, block.content);
  return out;
}

bool BlockView::has_argument(std::string_view name) const {
  if (const auto* body = std::get_if<const hcl::Body*>(&content)) return (*body)->find_attribute(name) != nullptr;
  if (const auto* object = std::get_if<const hcl::Object*>(&content)) return (*object)->find(name) != nullptr;
  return std::ranges::any_of(std::get<const hcl::ObjectExpr*>(content)->items,
                             [&](const auto& item) { return hcl::as_literal_string(*item.key) == name; });
}

std::optional<hcl::Value> HclContext::evaluate(const HclItem& item) const {
  if (const auto* expr = std::get_if<const hcl::Expr*>(&item.content)) return evaluator.evaluate(**expr, *scope);
  return std::get<hcl::Value>(item.content);
}

void HclContext::error(const hcl::Range& range, std::string message) const {
  diagnostics.add(hcl::error_at(range, std::move(message)));
}

std::vector<HclItem> items_of(const BlockView& block, const HclContext& context) {
  if (const auto* body = std::get_if<const hcl::Body*>(&block.content)) return items_of_body(**body);
  if (const auto* object = std::get_if<const hcl::ObjectExpr*>(&block.content)) {
    return items_of_object(**object, context);
  }
  return items_of_value(*std::get<const hcl::Object*>(block.content), block.range);
}

void for_each_block(const HclItem& item, size_t labels, const HclContext& context, const VisitItem& visit) {
  if (item.block()) return visit(item);
  BlockFinder finder(item, labels, context, visit);
  if (const auto* expr = std::get_if<const hcl::Expr*>(&item.content)) {
    finder.find(**expr, item.range);
  } else {
    finder.find(std::get<hcl::Value>(item.content), item.range);
  }
}

bool is_block_like(const HclItem& item) {
  const auto* expr = std::get_if<const hcl::Expr*>(&item.content);
  if (!expr) return false;
  if (hcl::as_object_expr(**expr)) return true;
  const hcl::ListExpr* list = hcl::as_list_expr(**expr);
  return list && !list->items.empty() &&
         std::ranges::all_of(list->items, [](const hcl::ExprPtr& element) { return hcl::as_object_expr(*element); });
}

}  // namespace drover::jobspec
