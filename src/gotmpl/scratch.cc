#include "gotmpl/scratch.h"

#include <algorithm>
#include <array>

namespace drover::gotmpl {
namespace {

struct Method {
  std::string_view name;
  size_t arguments;
};

constexpr std::array<Method, 7> kMethods = {
    {{"Key", 1}, {"Get", 1}, {"Set", 2}, {"SetX", 2}, {"MapSet", 3}, {"MapSetX", 3}, {"MapValues", 1}}};

}  // namespace

Result<Value> Scratch::call(std::string_view method, const std::vector<Value>& args, Meter& meter) {
  const auto found = std::ranges::find(kMethods, method, &Method::name);
  if (found == kMethods.end()) return bad_call("can't evaluate field {} in type {}", method, type());
  if (args.size() != found->arguments) {
    return bad_call("wrong number of args for {}: want {} got {}", method, found->arguments, args.size());
  }
  if (!args[0].is_string()) return bad_call("wrong type for value; expected string; got {}", args[0].type_name());
  const std::string& key = args[0].text();
  const bool has_map = maps_.contains(key);
  const bool has = has_map || values_.contains(key);
  if (method == "Key") return Value(has);
  if (method == "Get") return has_map ? meter.map(maps_[key]) : has ? Result<Value>(values_[key]) : Value::nil();
  if (method == "MapSet" || method == "MapSetX") return set_in_map(args, method == "MapSetX", meter);
  if (method == "MapValues") {
    if (!has) return Value::nil();
    if (!has_map) return bad_call("{} is not a map", key);
    std::vector<Value> items;
    for (const auto& [name, value] : maps_[key]) items.push_back(value);
    return meter.list(std::move(items));
  }
  if (method == "SetX" && has) return Value("");
  TRY(meter.bytes(key.size()));
  maps_.erase(key);
  values_[key] = args[1];
  return Value("");
}

Result<Value> Scratch::set_in_map(const std::vector<Value>& args, bool only_if_absent, Meter& meter) {
  if (!args[1].is_string()) return bad_call("wrong type for value; expected string; got {}", args[1].type_name());
  if (values_.contains(args[0].text())) return bad_call("{} is not a map", args[0].text());
  TRY(meter.bytes(args[0].size() + args[1].size()));
  TRY_LET(const Value value, meter.frozen(args[2]));
  MapItems& map = maps_[args[0].text()];
  if (!only_if_absent || !map.contains(args[1].text())) map[args[1].text()] = value;
  return Value("");
}

}  // namespace drover::gotmpl
