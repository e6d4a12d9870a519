#include <algorithm>
#include <array>
#include <set>

#include "base/strings.h"
#include "gotmpl/collections.h"
#include "gotmpl/functions.h"
#include "gotmpl/go_format.h"

// sprig's functions on lists and dictionaries, under the names that consul-template gives them.
namespace drover::gotmpl {
namespace {

const std::vector<Value>& items(const Call& call, size_t i) {
  return call.args[i].as_list()->items;
}

const MapItems& members(const Call& call, size_t i) {
  return call.args[i].as_map()->items;
}

Result<Value> list(Call& call) {
  return call.meter().list(call.args);
}

Result<Value> first(Call& call) {
  return items(call, 0).empty() ? Value::nil() : items(call, 0).front();
}

Result<Value> last(Call& call) {
  return items(call, 0).empty() ? Value::nil() : items(call, 0).back();
}

Result<Value> rest(Call& call) {
  const auto& all = items(call, 0);
  return call.meter().list(all.empty() ? all : std::vector<Value>(all.begin() + 1, all.end()));
}

Result<Value> initial(Call& call) {
  const auto& all = items(call, 0);
  return call.meter().list(all.empty() ? all : std::vector<Value>(all.begin(), all.end() - 1));
}

Result<Value> append(Call& call) {
  TRY(call.meter().steps(1 + items(call, 0).size() / 16));
  std::vector<Value> out = items(call, 0);
  out.push_back(call.args[1]);
  return call.meter().list(std::move(out));
}

Result<Value> prepend(Call& call) {
  TRY(call.meter().steps(1 + items(call, 0).size() / 16));
  std::vector<Value> out = {call.args[1]};
  out.insert(out.end(), items(call, 0).begin(), items(call, 0).end());
  return call.meter().list(std::move(out));
}

Result<Value> concat(Call& call) {
  std::vector<Value> out;
  for (size_t i = 0; i < call.args.size(); ++i) {
    TRY(call.meter().bytes(items(call, i).size() * sizeof(Value)));
    out.insert(out.end(), items(call, i).begin(), items(call, i).end());
  }
  return call.meter().list(std::move(out));
}

Result<Value> reverse(Call& call) {
  return call.meter().list({items(call, 0).rbegin(), items(call, 0).rend()});
}

Result<bool> any_equal(const std::vector<Value>& all, const Value& value, Meter& meter) {
  for (const Value& each : all) {
    TRY_LET(const bool same, deeply_equal(each, value, meter));
    if (same) return true;
  }
  return false;
}

Result<Value> uniq(Call& call) {
  std::vector<Value> out;
  for (const Value& item : items(call, 0)) {
    TRY_LET(const bool known, any_equal(out, item, call.meter()));
    if (!known) out.push_back(item);
  }
  return call.meter().list(std::move(out));
}

Result<Value> without(Call& call) {
  const std::vector<Value> unwanted(call.args.begin() + 1, call.args.end());
  std::vector<Value> out;
  for (const Value& item : items(call, 0)) {
    TRY_LET(const bool drop, any_equal(unwanted, item, call.meter()));
    if (!drop) out.push_back(item);
  }
  return call.meter().list(std::move(out));
}

Result<Value> has(Call& call) {
  TRY_LET(const bool found, any_equal(items(call, 1), call.args[0], call.meter()));
  return Value(found);
}

Result<Value> compact(Call& call) {
  std::vector<Value> out;
  std::ranges::copy_if(items(call, 0), std::back_inserter(out), [](const Value& item) { return item.truth(); });
  return call.meter().list(std::move(out));
}

Result<Value> slice(Call& call) {
  const auto& all = items(call, 0);
  const auto size = static_cast<int64_t>(all.size());
  std::array<int64_t, 2> at = {0, size};
  for (size_t i = 1; i < call.args.size() && i <= at.size(); ++i) {
    if (call.args[i].kind() != Value::Kind::Int) return bad_call("expected an int, got {}", call.args[i].type_name());
    at[i - 1] = call.integer(i);
  }
  if (at[0] < 0 || at[1] > size || at[0] > at[1]) return bad_call("slice bounds out of range [{}:{}]", at[0], at[1]);
  return call.meter().list({all.begin() + at[0], all.begin() + at[1]});
}

Result<Value> chunk(Call& call) {
  const auto& all = items(call, 1);
  if (call.integer(0) < 1) return bad_call("a chunk size of {}", call.integer(0));
  const size_t size = static_cast<size_t>(std::min<int64_t>(call.integer(0), INT32_MAX));
  std::vector<Value> out;
  for (size_t i = 0; i < all.size(); i += size) {
    const auto begin = all.begin() + static_cast<ptrdiff_t>(i);
    TRY_LET(Value part, call.meter().list({begin, begin + static_cast<ptrdiff_t>(std::min(size, all.size() - i))}));
    out.push_back(std::move(part));
  }
  return call.meter().list(std::move(out));
}

// A map of its own that sprig_set may change.
Result<Value> owned(MapItems items, Meter& meter) {
  TRY_LET(const Value map, meter.map(std::move(items)));
  return Value::writable_map(map.as_map()->items);
}

Result<Value> dict(Call& call) {
  MapItems out;
  for (size_t i = 0; i < call.args.size(); i += 2) {
    TRY_LET(const std::string key, to_text(call.args[i], call.meter()));
    out.insert_or_assign(key, i + 1 < call.args.size() ? call.args[i + 1] : Value(""));
  }
  return owned(std::move(out), call.meter());
}

Result<Value> get(Call& call) {
  const auto found = members(call, 0).find(call.text(1));
  return found != members(call, 0).end() ? found->second : Value("");
}

Result<Value> has_key(Call& call) {
  return Value(members(call, 0).contains(call.text(1)));
}

Status may_change(const Call& call) {
  if (call.args[0].as_map()->writable) return Ok{};
  return bad_call("only a map that sprig_dict made and that is part of nothing else can be changed");
}

Result<Value> set(Call& call) {
  TRY(may_change(call));
  TRY(call.meter().bytes(call.text(1).size() + (sizeof(Value) + call.args[2].size()) * 2));
  Map& map = call.args[0].writable();
  TRY_LET(Value value, call.meter().frozen(call.args[2]));
  if (value.is_nil()) value = Value::nil();
  map.depth = std::max(map.depth, value.depth() + 1);
  map.items.insert_or_assign(call.text(1), value);
  return call.args[0];
}

Result<Value> unset(Call& call) {
  TRY(may_change(call));
  call.args[0].writable().items.erase(call.text(1));
  return call.args[0];
}

Result<Value> keys(Call& call) {
  std::vector<std::string> out;
  for (size_t i = 0; i < call.args.size(); ++i) {
    TRY(call.meter().steps(1 + members(call, i).size()));
    for (const auto& [key, value] : members(call, i)) out.push_back(key);
  }
  return call.meter().strings(out);
}

Result<Value> values(Call& call) {
  std::vector<Value> out;
  for (const auto& [key, value] : members(call, 0)) out.push_back(value);
  return call.meter().list(std::move(out));
}

Result<Value> pluck(Call& call) {
  std::vector<Value> out;
  for (size_t i = 1; i < call.args.size(); ++i) {
    const auto found = members(call, i).find(call.text(0));
    if (found != members(call, i).end()) out.push_back(found->second);
  }
  return call.meter().list(std::move(out));
}

std::set<std::string, std::less<>> names(const Call& call) {
  std::set<std::string, std::less<>> out;
  for (size_t i = 1; i < call.args.size(); ++i) out.insert(call.text(i));
  return out;
}

template <bool named>
Result<Value> selected(Call& call) {
  const auto wanted = names(call);
  MapItems out;
  for (const auto& [key, value] : members(call, 0)) {
    if (wanted.contains(key) == named) out.emplace(key, value);
  }
  return owned(std::move(out), call.meter());
}

template <Winner winner>
Result<Value> merge(Call& call) {
  Value out = call.args[0];
  for (size_t i = 1; i < call.args.size(); ++i) {
    TRY_LET(out, merge_maps(*out.as_map(), *call.args[i].as_map(), winner, call.meter()));
  }
  if (!call.args[0].as_map()->writable) return out;
  Map& first_map = call.args[0].writable();
  first_map.items = out.as_map()->items;
  first_map.depth = out.depth();
  return call.args[0];
}

Result<Value> deep_copy(Call& call) {
  const Map* map = call.args[0].as_map();
  return map != nullptr ? owned(map->items, call.meter()) : Result<Value>(call.args[0]);
}

// `sprig_dig "a" "b" "default" $dict`.
Result<Value> dig(Call& call) {
  if (call.args.size() < 3) return bad_call("dig needs at least three arguments");
  Value at = call.args.back();
  for (size_t i = 0; i + 2 < call.args.size(); ++i) {
    if (!call.args[i].is_string()) return bad_call("expected a key, got {}", call.args[i].type_name());
    if (at.as_map() == nullptr) return bad_call("{} is in no map", printable(call.text(i)));
    const Value* next = member_of(at, call.text(i));
    if (next == nullptr) return call.args[call.args.size() - 2];
    at = Value(*next);
  }
  return at;
}

constexpr std::array kFunctions = std::to_array<Function>({
    {"sprig_append", "la", append},
    {"sprig_chunk", "il", chunk},
    {"sprig_compact", "l", compact},
    {"sprig_concat", "l*", concat},
    {"sprig_deepCopy", "a", deep_copy},
    {"sprig_dict", "a*", dict},
    {"sprig_dig", "a*", dig},
    {"sprig_first", "l", first},
    {"sprig_get", "ms", get},
    {"sprig_has", "al", has},
    {"sprig_hasKey", "ms", has_key},
    {"sprig_initial", "l", initial},
    {"sprig_keys", "m*", keys},
    {"sprig_last", "l", last},
    {"sprig_list", "a*", list},
    {"sprig_merge", "mm*", merge<Winner::First>},
    {"sprig_mergeOverwrite", "mm*", merge<Winner::Second>},
    {"sprig_omit", "ms*", selected<false>},
    {"sprig_pick", "ms*", selected<true>},
    {"sprig_pluck", "sm*", pluck},
    {"sprig_prepend", "la", prepend},
    {"sprig_push", "la", append},
    {"sprig_rest", "l", rest},
    {"sprig_reverse", "l", reverse},
    {"sprig_set", "msa", set},
    {"sprig_slice", "la*", slice},
    {"sprig_tuple", "a*", list},
    {"sprig_uniq", "l", uniq},
    {"sprig_unset", "ms", unset},
    {"sprig_values", "m", values},
    {"sprig_without", "la*", without},
});

}  // namespace

std::span<const Function> sprig_collection_functions() {
  return kFunctions;
}

}  // namespace drover::gotmpl
