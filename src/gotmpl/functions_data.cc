#include <algorithm>
#include <array>
#include <optional>

#include "base/strings.h"
#include "gotmpl/collections.h"
#include "gotmpl/data_text.h"
#include "gotmpl/functions.h"
#include "gotmpl/go_format.h"

// consul-template's functions on lists, maps and structured texts.
namespace drover::gotmpl {
namespace {

// A text of an item of a list; nothing if it has none of that name.
Result<std::string> text_member(const Value& item, std::string_view name, std::string_view function) {
  const Value* member = member_of(item, name);
  if (member != nullptr && member->is_string()) return member->text();
  return bad_call("{}: an item without a {}: {}", function, name, item.type_name());
}

using Groups = std::map<std::string, std::vector<Value>, std::less<>>;

Result<Value> to_map(Groups groups, Meter& meter) {
  MapItems out;
  for (auto& [key, items] : groups) {
    TRY_LET(out[key], meter.list(std::move(items)));
  }
  return meter.map(std::move(out));
}

// `tree "a" | byKey`: the pairs by the first part of their key, and by the rest of it.
Result<Value> by_key(Call& call) {
  std::map<std::string, MapItems, std::less<>> groups;
  for (const Value& pair : call.args[0].as_list()->items) {
    TRY(call.meter().steps(1));
    TRY_LET(const std::string key, text_member(pair, "Key", "byKey"));
    const size_t slash = key.find('/');
    if (slash == std::string::npos || slash + 1 == key.size()) continue;
    const std::string rest = key.substr(slash + 1);
    const Value* path = member_of(pair, "Path");
    const Value* value = member_of(pair, "Value");
    groups[key.substr(0, slash)][rest] =
        Value::record("*dependency.KeyPair", {{"Path", path != nullptr ? *path : Value("")},
                                              {"Key", rest},
                                              {"Value", value != nullptr ? *value : Value("")},
                                              {"Exists", true}});
  }
  MapItems out;
  for (auto& [top, pairs] : groups) {
    TRY_LET(out[top], call.meter().map(std::move(pairs)));
  }
  return call.meter().map(std::move(out));
}

Result<Value> by_tag(Call& call) {
  Groups groups;
  for (const Value& service : call.args[0].as_list()->items) {
    const Value* tags = member_of(service, "Tags");
    if (tags == nullptr) tags = member_of(service, "ServiceTags");
    const List* list = tags != nullptr ? tags->as_list() : nullptr;
    if (list == nullptr) return bad_call("byTag: an item without tags: {}", service.type_name());
    TRY(call.meter().steps(1 + list->items.size()));
    for (const Value& tag : list->items) {
      if (tag.is_string()) groups[tag.text()].push_back(service);
    }
  }
  return to_map(std::move(groups), call.meter());
}

Result<Value> by_port(Call& call) {
  Groups groups;
  for (const Value& service : call.args[0].as_list()->items) {
    TRY(call.meter().steps(1));
    const Value* port = member_of(service, "Port");
    if (port == nullptr) port = member_of(service, "ServicePort");
    if (port == nullptr) return bad_call("byPort: an item without a port: {}", service.type_name());
    TRY_LET(const std::string text, to_text(*port, call.meter()));
    groups[text].push_back(service);
  }
  return to_map(std::move(groups), call.meter());
}

// The text of one key of byMeta, such as "shard|int", for a service.
Result<std::string> meta_text(const Value& service, std::string_view key) {
  const bool number = key.ends_with("|int");
  if (number) key.remove_suffix(4);
  if (const size_t bar = key.find('|'); bar != std::string_view::npos) {
    return bad_call("byMeta: unknown modifier in {}", printable(key));
  }
  const Value* meta = member_of(service, "ServiceMeta");
  const Value* value = meta != nullptr ? member_of(*meta, key) : nullptr;
  const std::string text = value != nullptr && value->is_string() ? value->text() : "";
  if (!number) return text;
  if (text.empty()) return std::string("_no_") + std::string(key) + "_";
  const auto n = parse_int(text);
  if (!n) return bad_call("byMeta: {} is no number: {}", printable(key), printable(text));
  return fmt::format("{:05}", *n);
}

Result<Value> by_meta(Call& call) {
  const std::vector<std::string> keys = split(call.text(0), ',');
  Groups groups;
  for (const Value& service : call.args[1].as_list()->items) {
    TRY(call.meter().steps(1 + keys.size()));
    std::vector<std::string> parts;
    for (const std::string& key : keys) {
      TRY_LET(std::string part, meta_text(service, key));
      parts.push_back(std::move(part));
    }
    groups[drover::join(parts, "_")].push_back(service);
  }
  return to_map(std::move(groups), call.meter());
}

Result<Value> in(Call& call) {
  TRY_LET(const bool found, contains(call.args[0], call.args[1], call.meter()));
  return Value(found);
}

Result<Value> contains_item(Call& call) {
  TRY_LET(const bool found, contains(call.args[1], call.args[0], call.meter()));
  return Value(found);
}

// Whether one of the needles is found (or, inverted, missing) decides.
template <bool otherwise, bool missing>
Result<Value> contains_some(Call& call) {
  for (const Value& needle : call.args[0].as_list()->items) {
    TRY_LET(const bool found, contains(call.args[1], needle, call.meter()));
    if (found != missing) return Value(!otherwise);
  }
  return Value(otherwise);
}

// A tree of maps while it is being built.
struct Branch {
  std::map<std::string, Branch, std::less<>> branches;
  std::optional<Value> leaf;
};

Status grow(Branch& root, const std::string& path, const Value& value, std::string_view function, Meter& meter) {
  Branch* at = &root;
  const std::vector<std::string> parts = split(path, '/');
  TRY(meter.steps(parts.size()));
  TRY(meter.bytes(path.size() + parts.size() * sizeof(Branch)));
  if (parts.size() > Meter::kMaxValueDepth)
    return err(meter.exceed(fmt::format("{}: a key of too many parts", function)));
  for (size_t i = 0; i < parts.size(); ++i) {
    if (at->leaf) return bad_call("{}: not a map: {} already has a value", function, printable(path));
    if (i + 1 == parts.size() && parts[i].empty()) return Ok{};
    at = &at->branches[parts[i]];
  }
  at->branches.clear();
  at->leaf = value;
  return Ok{};
}

Result<Value> harvest(const Branch& branch, Meter& meter) {
  if (branch.leaf) return *branch.leaf;
  MapItems out;
  for (const auto& [key, inner] : branch.branches) {
    TRY_LET(out[key], harvest(inner, meter));
  }
  return meter.map(std::move(out));
}

Result<Value> explode(Call& call) {
  Branch root;
  for (const Value& pair : call.args[0].as_list()->items) {
    TRY_LET(const std::string key, text_member(pair, "Key", "explode"));
    const Value* value = member_of(pair, "Value");
    TRY(grow(root, key, value != nullptr ? *value : Value(""), "explode", call.meter()));
  }
  return harvest(root, call.meter());
}

Result<Value> explode_map(Call& call) {
  Branch root;
  for (const auto& [key, value] : call.args[0].as_map()->items) TRY(grow(root, key, value, "explodeMap", call.meter()));
  return harvest(root, call.meter());
}

template <Winner winner>
Result<Value> merge_map(Call& call) {
  return merge_maps(*call.args[0].as_map(), *call.args[1].as_map(), winner, call.meter());
}

template <bool pretty, bool escapes_html>
Result<Value> json(Call& call) {
  return to_json(call.args[0], {.pretty = pretty, .escapes_html = escapes_html}, call.meter());
}

Result<Value> parse_json(Call& call) {
  if (call.text(0).empty()) return Value::map({});
  return from_json(call.text(0), call.meter());
}

Result<Value> parse_yaml(Call& call) {
  if (call.text(0).empty()) return Value::map({});
  return from_yaml(call.text(0), call.meter());
}

Result<Value> yaml(Call& call) {
  return to_yaml(call.args[0], call.meter());
}

Result<Value> toml(Call& call) {
  return to_toml(call.args[0], call.meter());
}

Result<Value> scratch(Call& call) {
  return Value(call.context.scratch());
}

constexpr std::array kFunctions = std::to_array<Function>({
    {"byKey", "l", by_key},
    {"byMeta", "sl", by_meta},
    {"byPort", "l", by_port},
    {"byTag", "l", by_tag},
    {"contains", "aa", contains_item},
    {"containsAll", "la", contains_some<true, true>},
    {"containsAny", "la", contains_some<false, false>},
    {"containsNone", "la", contains_some<true, false>},
    {"containsNotAll", "la", contains_some<false, true>},
    {"explode", "l", explode},
    {"explodeMap", "m", explode_map},
    {"in", "aa", in},
    {"mergeMap", "mm", merge_map<Winner::First>},
    {"mergeMapWithOverride", "mm", merge_map<Winner::Second>},
    {"parseJSON", "s", parse_json},
    {"parseYAML", "s", parse_yaml},
    {"scratch", "", scratch},
    {"toJSON", "a", json<false, true>},
    {"toJSONPretty", "a", json<true, true>},
    {"toTOML", "a", toml},
    {"toUnescapedJSON", "a", json<false, false>},
    {"toUnescapedJSONPretty", "a", json<true, false>},
    {"toYAML", "a", yaml},
});

}  // namespace

std::span<const Function> data_functions() {
  return kFunctions;
}

}  // namespace drover::gotmpl
