#include "hcl/dynamic.h"

#include <optional>

#include "base/strings.h"

namespace drover::hcl {
namespace {

constexpr size_t kMaxShown = 60;

struct Entry {
  Value key;
  Value value;
};

// Items of a list by their number, members of an object by their key.
std::vector<Entry> entries_of(const Value& collection) {
  std::vector<Entry> out;
  if (collection.is_list()) {
    for (const Value& item : collection.as_list()) out.push_back({Number(static_cast<int64_t>(out.size())), item});
  } else {
    for (const Object::Member* member : collection.as_object().sorted()) out.push_back({member->first, member->second});
  }
  return out;
}

}  // namespace

bool is_dynamic(const Block& block) {
  return block.type == "dynamic";
}

std::nullopt_t DynamicExpander::fail(const Range& range, std::string message) {
  diagnostics_.add(error_at(range, std::move(message)));
  return std::nullopt;
}

void DynamicExpander::expand(const Block& block, const Scope& scope, const Visit& visit) {
  if (const auto dynamic = read_block(block)) expand(*dynamic, scope, visit);
}

void DynamicExpander::expand(const Expr& value, const Scope& scope, const Visit& visit) {
  if (const ListExpr* list = as_list_expr(value)) {
    for (const ExprPtr& item : list->items) expand(*item, scope, visit);
    return;
  }
  const ObjectExpr* types = as_object_expr(value);
  if (!types) {
    fail(value.range, "expected the blocks to make, as in {\"port\": {\"for_each\": …, \"content\": {…}}}");
    return;
  }
  for (const ObjectExpr::Item& item : types->items) {
    const auto type = as_literal_string(*item.key);
    if (!type) {
      fail(item.key->range, "the type of the blocks to make must be a literal");
      continue;
    }
    const ListExpr* list = as_list_expr(*item.value);
    const size_t count = list ? list->items.size() : 1;
    for (size_t i = 0; i < count; ++i) {
      const auto dynamic = read_object(*type, list ? *list->items[i] : *item.value, item.key->range);
      if (dynamic) expand(*dynamic, scope, visit);
    }
  }
}

std::optional<DynamicBlock> DynamicExpander::read_block(const Block& block) {
  if (block.labels.size() != 1) {
    return fail(block.type_range, "a dynamic block has one label, as in dynamic \"port\" { … }");
  }
  DynamicBlock out{.type = block.labels[0].text, .range = block.labels[0].range};
  for (const Attribute& attribute : block.body.attributes) {
    if (!set_part(out, attribute.name, *attribute.expr, attribute.name_range)) return std::nullopt;
  }
  bool has_content = false;
  for (const Block& inner : block.body.blocks) {
    if (inner.type != "content") {
      return fail(inner.type_range, fmt::format("unknown block \"{}\" in dynamic: what the blocks shall hold stands in "
                                                "content {{ … }}",
                                                printable(inner.type, kMaxShown)));
    }
    if (has_content) return fail(inner.type_range, "a dynamic block has only one content");
    if (!inner.labels.empty()) return fail(inner.labels[0].range, "content has no label; give the labels as a list");
    out.content = &inner.body;
    has_content = true;
  }
  return check_parts(out, has_content) ? std::optional(out) : std::nullopt;
}

std::optional<DynamicBlock> DynamicExpander::read_object(std::string_view type, const Expr& value, const Range& range) {
  const ObjectExpr* object = as_object_expr(value);
  if (!object) return fail(value.range, "a dynamic block must be an object with for_each and content");
  DynamicBlock out{.type = type, .range = range};
  bool has_content = false;
  for (const ObjectExpr::Item& item : object->items) {
    const auto name = as_literal_string(*item.key);
    if (name == "content") {
      const ObjectExpr* content = as_object_expr(*item.value);
      if (!content) return fail(item.value->range, "content must be an object");
      out.content = content;
      has_content = true;
    } else if (!set_part(out, name.value_or(""), *item.value, item.key->range)) {
      return std::nullopt;
    }
  }
  return check_parts(out, has_content) ? std::optional(out) : std::nullopt;
}

bool DynamicExpander::set_part(DynamicBlock& out, std::string_view name, const Expr& value, const Range& range) {
  const Expr** part = name == "for_each"   ? &out.for_each
                      : name == "iterator" ? &out.iterator
                      : name == "labels"   ? &out.labels
                                           : nullptr;
  if (part && !*part) {
    *part = &value;
    return true;
  }
  const auto nearest = nearest_name(name, {"for_each", "iterator", "labels", "content"});
  fail(range, part ? fmt::format("\"{}\" is given twice", name)
                   : fmt::format("unknown key \"{}\" in dynamic{}", printable(name, kMaxShown),
                                 nearest ? fmt::format(", did you mean \"{}\"?", *nearest) : ""));
  return false;
}

bool DynamicExpander::check_parts(const DynamicBlock& block, bool has_content) {
  if (!block.for_each) fail(block.range, "a dynamic block needs for_each, what it makes a block for each of");
  if (!has_content) fail(block.range, "a dynamic block needs content { … }, what each of its blocks holds");
  if (!block.iterator || as_keyword(*block.iterator) || as_literal_string(*block.iterator)) {
    return block.for_each && has_content;
  }
  fail(block.iterator->range, "iterator must be a name");
  return false;
}

void DynamicExpander::expand(const DynamicBlock& block, const Scope& scope, const Visit& visit) {
  const auto collection = evaluator_.evaluate(*block.for_each, scope);
  if (!collection) return;
  if (!collection->is_list() && !collection->is_object()) {
    const std::string_view hint = collection->has_verbatim() ? " (only the client knows its value)" : "";
    fail(block.for_each->range,
         fmt::format("for_each needs a list, set, map or object, found {}{}", describe(*collection), hint));
    return;
  }
  const size_t size = collection->is_list() ? collection->as_list().size() : collection->as_object().size();
  if (const Status charged = budget_.charge_steps(size); !charged) {
    fail(block.for_each->range, fmt::format("the dynamic blocks of this file make more than {} blocks", kMaxBlocks));
    return;
  }
  std::string iterator(block.type);
  if (block.iterator) iterator = as_keyword(*block.iterator).value_or(as_literal_string(*block.iterator).value_or(""));
  for (Entry& entry : entries_of(*collection)) {
    Object current;
    current.set("key", std::move(entry.key));
    current.set("value", std::move(entry.value));
    Scope inner(&scope);
    inner.set(iterator, std::move(current));
    if (!generate(block, inner, visit)) return;
  }
}

bool DynamicExpander::generate(const DynamicBlock& block, const Scope& scope, const Visit& visit) {
  auto labels = labels_of(block, scope);
  if (!labels) return false;
  visit({.type = block.type,
         .labels = std::move(*labels),
         .content = block.content,
         .range = block.range,
         .scope = scope});
  return !evaluator_.exhausted();
}

std::optional<std::vector<Block::Label>> DynamicExpander::labels_of(const DynamicBlock& block, const Scope& scope) {
  std::vector<Block::Label> out;
  if (!block.labels) return out;
  const auto value = evaluator_.evaluate(*block.labels, scope);
  if (!value) return std::nullopt;
  if (!value->is_list()) {
    return fail(block.labels->range, fmt::format("labels must be a list of strings, found {}", describe(*value)));
  }
  for (const Value& label : value->as_list()) {
    auto text = to_text(label);
    if (!text) return fail(block.labels->range, fmt::format("a label must be a string, found {}", describe(label)));
    out.push_back({.text = std::move(*text), .range = block.labels->range});
  }
  return out;
}

}  // namespace drover::hcl
