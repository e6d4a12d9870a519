#include "jobspec/hcl_reader.h"

#include <algorithm>

#include "base/strings.h"
#include "hcl/source.h"
#include "jobspec/hcl_values.h"

namespace drover::jobspec {
namespace {

using codec::Value;

// The arguments and blocks of a body in the order in which they are written.
std::vector<HclReader::Item> items_of(const hcl::Body& body) {
  std::vector<HclReader::Item> items;
  for (const hcl::Attribute& attribute : body.attributes) {
    items.push_back({attribute.name, attribute.name_range, attribute.expr.get()});
  }
  for (const hcl::Block& block : body.blocks) items.push_back({block.type, block.type_range, &block});
  std::ranges::sort(items, {}, [](const HclReader::Item& item) { return item.range.begin.offset; });
  return items;
}

// In a driver's config an object that is the value of an argument is a list of one, as a block is.
Value opaque_argument(Value value) {
  if (!value.as_object()) return value;
  Value::Array list;
  list.push_back(std::move(value));
  return list;
}

}  // namespace

HclReader::Entered::Entered(HclReader& reader, std::string_view field, const hcl::Range& range)
    : reader_(reader), length_(reader.path_.size()) {
  if (!reader.path_.empty() && !field.starts_with('[')) reader.path_ += '.';
  reader.path_ += field;
  reader.sources_.add(reader.path_, range.begin.line, range.begin.column);
}

HclReader::Entered::~Entered() {
  reader_.path_.resize(length_);
}

void HclReader::error(const hcl::Range& range, std::string message) {
  Diagnostic diagnostic = hcl::error_at(range, std::move(message));
  diagnostic.path = path_;
  diagnostics_.add(std::move(diagnostic));
}

void HclReader::warning(const hcl::Range& range, std::string message) {
  Diagnostic diagnostic = hcl::warning_at(range, std::move(message));
  diagnostic.path = path_;
  diagnostics_.add(std::move(diagnostic));
}

std::optional<hcl::Value> HclReader::evaluate(const Item& item) {
  if (const auto* expr = std::get_if<const hcl::Expr*>(&item.content)) return evaluator_.evaluate(**expr, scope_);
  if (const hcl::Block* block = item.block()) return body_as_object(block->body);
  return std::get<hcl::Value>(item.content);
}

Value HclReader::read_block(const Schema& schema, const hcl::Block& block) {
  Value out = read_items(schema, items_of(block.body));
  read_labels(schema, block, out);
  if (const auto end = rules_of(schema).end) end({*this, block.type_range}, out);
  return out;
}

void HclReader::read_labels(const Schema& schema, const hcl::Block& block, Value& out) {
  const Key* label = schema.label();
  const size_t wanted = label ? 1 : 0;
  if (block.labels.size() != wanted) {
    const hcl::Range& range = block.labels.size() > wanted ? block.labels[wanted].range : block.type_range;
    return error(range, label
                            ? fmt::format("a {} block has one label, as in {} \"name\" {{ … }}", block.type, block.type)
                            : fmt::format("a {} block has no label", block.type));
  }
  if (!label || out.find(label->json)) return;
  const Entered entered(*this, label->json, block.labels[0].range);
  out.set(label->json, block.labels[0].text);
}

Value HclReader::read_items(const Schema& schema, const std::vector<Item>& items) {
  Value out = Value::Object{};
  std::map<std::string_view, const Item*> seen;
  for (const Item& item : items) {
    if (check_repeated(schema.by_hcl(item.name), item, seen)) read_item(schema, item, out);
  }
  return out;
}

// Blocks of a list may repeat; everything else may not.
bool HclReader::check_repeated(const Key* key, const Item& item, std::map<std::string_view, const Item*>& seen) {
  if (key && (key->shape == Shape::Blocks || key->shape == Shape::BlockMap)) return true;
  if (!key && item.block()) return true;
  const auto [first, added] = seen.emplace(item.name, &item);
  if (!added) {
    error(item.range, fmt::format("\"{}\" is given twice, the first time in line {}", printable(item.name, 80),
                                  first->second->range.begin.line));
  }
  return added;
}

void HclReader::read_item(const Schema& schema, const Item& item, Value& out) {
  const auto special = rules_of(schema).special;
  if (special && special(*this, schema, item, out)) return;
  const Key* key = schema.by_hcl(item.name);
  if (!key || key->shape == Shape::Label) return unknown_key(schema, item);
  read_key(*key, item, out);
}

void HclReader::unknown_key(const Schema& schema, const Item& item) {
  const bool worth_it = diagnostics_.error_count() < Diagnostics::kLimit;
  const auto nearest = worth_it ? nearest_name(item.name, schema.hcl_names()) : std::nullopt;
  error(item.range, fmt::format("unknown {} \"{}\" in {}{}", item.block() ? "block" : "key", printable(item.name, 80),
                                to_lower(schema.name == "TaskGroup" ? "group" : schema.name),
                                nearest ? fmt::format(", did you mean \"{}\"?", *nearest) : ""));
}

void HclReader::read_key(const Key& key, const Item& item, Value& out) {
  const Entered entered(*this, key.json, item.range);
  if (key.shape == Shape::Blocks || key.shape == Shape::BlockMap) {
    const bool list = key.shape == Shape::Blocks;
    Value* held = out.find(key.json);
    if (!held) held = &out.set(key.json, list ? Value(Value::Array{}) : Value(Value::Object{}));
    return list ? append_blocks(key, item, *held) : insert_block(key, item, *held);
  }
  Value value = key.shape == Shape::Block ? read_one(key, item) : read_value(key, item);
  if (!value.is_null() && !key.json.empty()) out.set(key.json, std::move(value));
}

// A block, or an object in its place.
Value HclReader::read_one(const Key& key, const Item& item) {
  if (const hcl::Block* block = item.block()) return read_block(*key.block, *block);
  const auto value = evaluate(item);
  return value ? read_object(*key.block, *value, item.range) : Value();
}

void HclReader::append_blocks(const Key& key, const Item& item, Value& out) {
  Value::Array& list = *out.as_array();
  const auto append = [&](const Item& element) {
    const Entered entered(*this, fmt::format("[{}]", list.size()), element.range);
    Value value = read_one(key, element);
    if (!value.is_null()) list.push_back(std::move(value));
  };
  if (item.block()) return append(item);
  const auto value = evaluate(item);
  if (!value || value->is_null()) return;
  if (!value->is_list()) return append({item.name, item.range, *value});
  for (const hcl::Value& element : value->as_list()) append({item.name, item.range, element});
}

void HclReader::insert_block(const Key& key, const Item& item, Value& out) {
  const hcl::Block* block = item.block();
  if (!block || block->labels.size() != 1) {
    return error(item.range,
                 fmt::format("\"{}\" must be a block with a label, as in {} \"name\" {{ … }}", item.name, item.name));
  }
  const std::string& label = block->labels[0].text;
  const Entered entered(*this, fmt::format("[{}]", printable(label, 80)), item.range);
  if (!map_entries_.insert(path_).second) {
    return error(block->labels[0].range, fmt::format("{} \"{}\" is defined twice", item.name, printable(label, 80)));
  }
  out.as_object()->emplace_back(label, read_block(*key.block, *block));
}

Value HclReader::read_object(const Schema& schema, const hcl::Value& value, const hcl::Range& range) {
  if (value.is_null()) return nullptr;
  if (!value.is_object() || schema.label()) {
    error(range, fmt::format("expected a block, not {}", printable(hcl::describe(value), 120)));
    return nullptr;
  }
  std::vector<Item> items;
  for (const auto& [name, member] : value.as_object().members()) items.push_back({name, range, member});
  Value out = read_items(schema, items);
  if (const auto end = rules_of(schema).end) end({*this, range}, out);
  return out;
}

Value HclReader::read_value(const Key& key, const Item& item) {
  const hcl::Block* block = item.block();
  const bool map = key.shape == Shape::StringMap || key.shape == Shape::StringsMap || key.shape == Shape::Any;
  if (block && !map) {
    error(item.range, fmt::format("\"{}\" is an argument, as in {} = …, not a block", item.name, item.name));
    return nullptr;
  }
  if (block && !block->labels.empty()) {
    error(block->labels[0].range, fmt::format("a {} block has no label", item.name));
    return nullptr;
  }
  if (block && key.shape == Shape::Any) return read_opaque(block->body);
  const auto value = evaluate(item);
  if (!value || value->is_null()) return nullptr;
  if (key.shape == Shape::Duration) {
    const auto duration = to_duration(*value);
    if (duration && duration->bare_seconds) {
      warning(item.range, fmt::format("\"{}\" has no unit and is taken as seconds; write \"{}s\"", item.name,
                                      duration->nanoseconds / 1'000'000'000));
    }
  }
  auto converted = to_shape(*value, key.shape);
  if (converted) return std::move(*converted);
  error(item.range, fmt::format("{}: {}", item.name, converted.error().message()));
  return nullptr;
}

// The block of a map: its arguments; further blocks make no sense there.
hcl::Value HclReader::body_as_object(const hcl::Body& body) {
  hcl::Object object;
  for (const hcl::Attribute& attribute : body.attributes) {
    if (object.find(attribute.name)) {
      error(attribute.name_range, fmt::format("\"{}\" is given twice", printable(attribute.name, 80)));
    }
    if (auto value = evaluator_.evaluate(*attribute.expr, scope_)) object.set(attribute.name, std::move(*value));
  }
  for (const hcl::Block& block : body.blocks) {
    error(block.type_range, fmt::format("no block \"{}\" is possible here", printable(block.type, 80)));
  }
  return object;
}

// A body that only its driver understands: every block is an element of a list under its type, each label one level.
Value HclReader::read_opaque(const hcl::Body& body) {
  Value::Object out;
  std::map<std::string, size_t> places;
  for (const Item& item : items_of(body)) {
    const hcl::Block* block = item.block();
    const auto [place, added] = places.emplace(item.name, out.size());
    if (!block) {
      if (!added) error(item.range, fmt::format("\"{}\" is given twice", printable(item.name, 80)));
      const auto value = evaluate(item);
      if (added) out.emplace_back(item.name, value ? opaque_argument(to_plain(*value)) : Value());
      continue;
    }
    if (added) out.emplace_back(item.name, Value::Array{});
    if (Value::Array* list = out[place->second].second.as_array()) {
      list->push_back(read_opaque_block(*block));
    } else {
      error(item.range, fmt::format("\"{}\" is an argument and a block", printable(item.name, 80)));
    }
  }
  return out;
}

Value HclReader::read_opaque_block(const hcl::Block& block) {
  Value element = read_opaque(block.body);
  for (auto label = block.labels.rbegin(); label != block.labels.rend(); ++label) {
    Value outer = Value::Object{};
    outer.set(label->text, opaque_argument(std::move(element)));
    element = std::move(outer);
  }
  return element;
}

}  // namespace drover::jobspec
