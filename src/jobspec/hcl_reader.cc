#include "jobspec/hcl_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/strings.h"
#include "hcl/source.h"
#include "jobspec/hcl_values.h"

namespace drover::jobspec {
namespace {

using codec::Value;

constexpr size_t kMaxTreeBytes = size_t{32} << 20;
constexpr uint64_t kItemBytes = 64;  // What an argument or block costs beyond its value.

// In a driver's config an object that is the value of an argument is a list of one, as a block is.
Value opaque_argument(Value value) {
  if (!value.as_object()) return value;
  Value::Array list;
  list.push_back(std::move(value));
  return list;
}

bool is_map(Shape shape) {
  return shape == Shape::StringMap || shape == Shape::StringsMap || shape == Shape::Any;
}

// How many labels the blocks of a name have; nothing if it names no block. The tasks of a job and the ports of a
// network are in no schema: hcl_blocks.cc reads them.
std::optional<size_t> labels_of(const Schema& schema, const Key* key, std::string_view name) {
  if (key && key->block) return key->block->label() ? 1 : 0;
  if ((schema.name == "Job" && name == "task") || (schema.name == "Network" && name == "port")) return 1;
  return std::nullopt;
}

std::string_view kind_name(const Schema& schema) {
  return schema.name == "TaskGroup" ? "Group" : schema.name;
}

}  // namespace

HclReader::HclReader(const HclContext& context, SourceMap& sources)
    : context_(context),
      sources_(sources),
      expander_(context.evaluator, context.diagnostics),
      budget_({.bytes = kMaxTreeBytes}) {}

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
  context_.diagnostics.add(std::move(diagnostic));
}

void HclReader::warning(const hcl::Range& range, std::string message) {
  Diagnostic diagnostic = hcl::warning_at(range, std::move(message));
  diagnostic.path = path_;
  context_.diagnostics.add(std::move(diagnostic));
}

// The tree holds copies of what values share: without a budget a short text could make a tree of any size.
bool HclReader::charge(uint64_t bytes, const hcl::Range& range) {
  if (budget_.charge_bytes(bytes)) return true;
  if (!exhaustion_reported_) {
    error(range, fmt::format("the blocks and values of this job take more than {} bytes", kMaxTreeBytes));
  }
  exhaustion_reported_ = true;
  return false;
}

std::optional<hcl::Value> HclReader::evaluate(const Item& item) {
  std::optional<hcl::Value> value;
  if (const BlockView* block = item.block()) {
    error(block->range, fmt::format("\"{}\" is an argument, as in {} = …, not a block", item.name, item.name));
  } else {
    value = context_.evaluate(item);
  }
  if (value && !charge(value->weight(), item.range)) return std::nullopt;
  return value;
}

// All of a block, in order, with the blocks that its `dynamic` blocks make.
void HclReader::for_each_item(const BlockView& block, const VisitItem& read) {
  const auto generated = [&](const hcl::GeneratedBlock& made) {
    if (!charge(kItemBytes, made.range)) return;
    const hcl::Scope* outer = std::exchange(context_.scope, &made.scope);
    read({std::string(made.type), made.range, BlockView::of(made)});
    context_.scope = outer;
  };
  for (const Item& item : items_of(block, context_)) {
    if (!charge(kItemBytes + path_.size(), item.range)) return;
    const BlockView* dynamic = item.name == "dynamic" ? item.block() : nullptr;
    const bool in_object = std::holds_alternative<const hcl::ObjectExpr*>(block.content);
    if (dynamic && dynamic->written) {
      expander_.expand(*dynamic->written, *context_.scope, generated);
    } else if (item.name == "dynamic" && in_object && is_block_like(item)) {
      expander_.expand(*std::get<const hcl::Expr*>(item.content), *context_.scope, generated);
    } else {
      read(item);
    }
  }
}

Value HclReader::read_block(const Schema& schema, const BlockView& block) {
  Value out = Value::Object{};
  Seen seen;
  for_each_item(block, [&](const Item& item) {
    const Key* key = schema.by_hcl(item.name);
    const auto read = [&](const Item& one) {
      if (check_repeated(key, one, seen)) read_item(schema, one, out);
    };
    const auto labels = item.block() ? std::nullopt : labels_of(schema, key, item.name);
    if (labels || (key && is_map(key->shape) && is_block_like(item))) {
      for_each_block(item, labels.value_or(0), context_, read);
    } else {
      read(item);
    }
  });
  read_labels(schema, block, out);
  if (const auto end = rules_of(schema).end) end({*this, block.range}, out);
  return out;
}

void HclReader::read_labels(const Schema& schema, const BlockView& block, Value& out) {
  const Key* label = schema.label();
  const size_t wanted = label ? 1 : 0;
  if (block.labels.size() != wanted) {
    const hcl::Range& range = block.labels.size() > wanted ? block.labels[wanted].range : block.range;
    const std::string type = printable(block.type, 80);
    return error(range, label ? fmt::format("a {} block has one label, as in {} \"name\" {{ … }}", type, type)
                              : fmt::format("a {} block has no label, remove \"{}\"", type,
                                            printable(block.labels[0].text, 80)));
  }
  if (!label || out.find(label->json)) return;
  const Entered entered(*this, label->json, block.labels[0].range);
  out.set(label->json, block.labels[0].text);
}

// Blocks of a list may repeat, and those of a map add to each other; everything else may not.
bool HclReader::check_repeated(const Key* key, const Item& item, Seen& seen) {
  if (key && (key->shape == Shape::Blocks || key->shape == Shape::BlockMap)) return true;
  if (item.block() && (!key || is_map(key->shape))) return true;
  const auto [first, added] = seen.emplace(item.name, item.range.begin.line);
  if (!added) {
    error(item.range,
          fmt::format("\"{}\" is given twice, the first time in line {}", printable(item.name, 80), first->second));
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
  const bool worth_it = context_.diagnostics.error_count() < Diagnostics::kLimit;
  const auto nearest = worth_it ? nearest_name(item.name, schema.hcl_names()) : std::nullopt;
  error(item.range,
        fmt::format("unknown {} \"{}\" in {}{}", item.block() ? "block" : "key", printable(item.name, 80),
                    to_lower(kind_name(schema)), nearest ? fmt::format(", did you mean \"{}\"?", *nearest) : ""));
}

void HclReader::read_key(const Key& key, const Item& item, Value& out) {
  const Entered entered(*this, key.json, item.range);
  if (key.shape == Shape::Blocks || key.shape == Shape::BlockMap) {
    const bool list = key.shape == Shape::Blocks;
    Value* held = out.find(key.json);
    if (!held) held = &out.set(key.json, list ? Value(Value::Array{}) : Value(Value::Object{}));
    return list ? append_block(key, item, *held) : insert_block(key, item, *held);
  }
  Value value = key.shape == Shape::Block ? read_one(key, item) : read_value(key, item);
  if (value.is_null() || key.json.empty()) return;
  Value* held = is_map(key.shape) ? out.find(key.json) : nullptr;
  if (held) {
    merge(item, *held, std::move(value));
  } else {
    out.set(key.json, std::move(value));
  }
}

// The second block of a map, as HCL1 has them.
void HclReader::merge(const Item& item, Value& out, Value more) {
  if (!out.as_object() || !more.as_object()) {
    return error(item.range, fmt::format("\"{}\" is given twice", printable(item.name, 80)));
  }
  std::set<std::string, std::less<>> known;
  for (const Value::Member& member : *out.as_object()) known.insert(member.first);
  for (Value::Member& member : *more.as_object()) {
    if (known.contains(member.first)) {
      error(item.range, fmt::format("\"{}\" is given in an earlier {} block, too", printable(member.first, 80),
                                    printable(item.name, 80)));
    } else {
      out.as_object()->push_back(std::move(member));
    }
  }
}

// REQUIRES that the item is a block, or anything that cannot be one.
Value HclReader::read_one(const Key& key, const Item& item) {
  if (const BlockView* block = item.block()) return read_block(*key.block, *block);
  error(item.range, fmt::format("\"{}\" must be a block", printable(item.name, 80)));
  return nullptr;
}

void HclReader::append_block(const Key& key, const Item& item, Value& out) {
  Value::Array& list = *out.as_array();
  const Entered entered(*this, fmt::format("[{}]", list.size()), item.range);
  Value value = read_one(key, item);
  if (!value.is_null()) list.push_back(std::move(value));
}

void HclReader::insert_block(const Key& key, const Item& item, Value& out) {
  const BlockView* block = item.block();
  if (!block || block->labels.size() != 1) {
    return error(item.range, fmt::format("a {} block has one label, as in {} \"name\" {{ … }}", item.name, item.name));
  }
  const std::string& label = block->labels[0].text;
  const Entered entered(*this, fmt::format("[{}]", printable(label, 80)), item.range);
  if (!map_entries_.insert(path_).second) {
    return error(block->labels[0].range, fmt::format("{} \"{}\" is defined twice", item.name, printable(label, 80)));
  }
  out.as_object()->emplace_back(label, read_block(*key.block, *block));
}

Value HclReader::read_value(const Key& key, const Item& item) {
  if (is_map(key.shape) && item.block()) return read_map(key, item);
  const auto value = evaluate(item);
  if (!value || value->is_null()) return nullptr;
  if (key.shape == Shape::Duration) {
    const auto duration = to_duration(*value);
    if (duration && duration->bare_seconds) {
      warning(item.range, fmt::format("\"{}\" has no unit and is taken as seconds; write \"{}s\"", item.name,
                                      duration->nanoseconds / 1'000'000'000));
    }
  }
  if (key.shape == Shape::Any && value->is_object()) {
    return read_opaque({.type = item.name, .content = &value->as_object(), .range = item.range});
  }
  return convert(key, *value, item.range);
}

Value HclReader::convert(const Key& key, const hcl::Value& value, const hcl::Range& range) {
  auto converted = to_shape(value, key.shape);
  if (converted) return std::move(*converted);
  error(range, fmt::format("{}: {}", key.hcl, converted.error().message()));
  return nullptr;
}

// The block of a map: its arguments; further blocks make no sense there, save in what is opaque.
Value HclReader::read_map(const Key& key, const Item& item) {
  const BlockView& block = *item.block();
  if (!block.labels.empty()) {
    error(block.labels[0].range,
          fmt::format("a {} block has no label, remove \"{}\"", item.name, printable(block.labels[0].text, 80)));
    return nullptr;
  }
  if (key.shape == Shape::Any) return read_opaque(block);
  hcl::Object object;
  for_each_item(block, [&](const Item& entry) {
    if (entry.block()) {
      return error(entry.range, fmt::format("no block \"{}\" is possible in {}", printable(entry.name, 80), item.name));
    }
    if (object.find(entry.name)) {
      error(entry.range, fmt::format("\"{}\" is given twice", printable(entry.name, 80)));
    }
    if (auto value = evaluate(entry)) object.set(entry.name, std::move(*value));
  });
  return convert(key, object, item.range);
}

// A body that only its driver understands: every block is an element of a list under its type, each label one level.
Value HclReader::read_opaque(const BlockView& body) {
  Value::Object out;
  std::map<std::string, size_t, std::less<>> places;
  for_each_item(body, [&](const Item& item) {
    const BlockView* block = item.block();
    const auto [place, added] = places.emplace(item.name, out.size());
    if (!block) {
      if (!added) error(item.range, fmt::format("\"{}\" is given twice", printable(item.name, 80)));
      const auto value = evaluate(item);
      if (added) out.emplace_back(item.name, value ? opaque_argument(to_plain(*value)) : Value());
      return;
    }
    if (added) out.emplace_back(item.name, Value::Array{});
    const size_t index = place->second;
    Value element = read_opaque_block(*block);
    if (Value::Array* list = out[index].second.as_array()) {
      list->push_back(std::move(element));
    } else {
      error(item.range, fmt::format("\"{}\" is an argument and a block", printable(item.name, 80)));
    }
  });
  return out;
}

Value HclReader::read_opaque_block(const BlockView& block) {
  Value element = read_opaque(block);
  for (auto label = block.labels.rbegin(); label != block.labels.rend(); ++label) {
    Value outer = Value::Object{};
    outer.set(label->text, opaque_argument(std::move(element)));
    element = std::move(outer);
  }
  return element;
}

}  // namespace drover::jobspec
