#include "model/interpolate.h"

#include <algorithm>

namespace drover::model {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

size_t skip_blanks(std::string_view text, size_t at) {
  return std::min(text.find_first_not_of(" \t", at), text.size());
}

// `["key"]` at `at`: appends ".key" and returns where it ends; 0 for anything else.
size_t read_index(std::string_view text, size_t at, std::string& name) {
  if (!text.substr(at).starts_with("[\"")) return 0;
  const size_t key = at + 2;
  const size_t end = text.find_first_of("\"\\\n$", key);
  if (end == std::string_view::npos || end == key || !text.substr(end).starts_with("\"]")) return 0;
  name += '.';
  name += text.substr(key, end - key);
  return end + 2;
}

template <class Map>
std::optional<std::string> find_in(const Map& map, std::string_view key) {
  const auto found = map.find(std::string(key));
  return found == map.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

std::optional<Reference> parse_reference(std::string_view text) {
  if (!text.starts_with("${")) return std::nullopt;
  size_t at = skip_blanks(text, 2);
  Reference reference;
  while (at < text.size()) {
    const size_t start = at;
    while (at < text.size() && is_name_character(text[at])) ++at;
    reference.name += text.substr(start, at - start);
    if (reference.name.empty()) return std::nullopt;
    const size_t end = read_index(text, at, reference.name);
    if (end == 0) break;
    at = end;
  }
  at = skip_blanks(text, at);
  if (at >= text.size() || text[at] != '}') return std::nullopt;
  reference.length = at + 1;
  return reference;
}

Variables node_variables(const Node& node, std::string_view region) {
  Variables variables = {
      {"node.unique.id", node.id.str()},    {"node.unique.name", node.name}, {"node.datacenter", node.datacenter},
      {"node.region", std::string(region)}, {"node.class", node.node_class}, {"nomad.class", node.node_class},
      {"node.pool", node.node_pool},
  };
  for (const auto& [key, value] : node.attributes) variables.emplace("attr." + key, value);
  for (const auto& [key, value] : node.meta) variables.emplace("meta." + key, value);
  return variables;
}

std::optional<std::string> resolve_node_target(std::string_view target, const Node& node) {
  if (!target.starts_with("${")) return std::string(target);
  const auto reference = parse_reference(target);
  if (!reference || reference->length != target.size()) return std::nullopt;
  const std::string_view name = reference->name;
  if (name.starts_with("attr.")) return find_in(node.attributes, name.substr(5));
  if (name.starts_with("meta.")) return find_in(node.meta, name.substr(5));
  if (name == "node.unique.id") return node.id.str();
  if (name == "node.unique.name") return node.name;
  if (name == "node.datacenter") return node.datacenter;
  if (name == "node.class" || name == "nomad.class") return node.node_class;
  if (name == "node.pool") return node.node_pool;
  return std::nullopt;
}

bool is_unique_target(std::string_view target) {
  return target.starts_with("${") && target.find("unique.") != std::string_view::npos;
}

const std::string* Interpolator::find(std::string_view name) const {
  if (const auto it = env_.find(name); it != env_.end()) return &it->second;
  if (const auto it = node_.find(name); it != node_.end()) return &it->second;
  constexpr std::string_view kEnv = "env.";
  if (!name.starts_with(kEnv)) return nullptr;
  const auto it = env_.find(name.substr(kEnv.size()));
  return it == env_.end() ? nullptr : &it->second;
}

std::string Interpolator::operator()(std::string_view text) const {
  std::string out;
  while (true) {
    const size_t start = text.find("${");
    if (start == std::string_view::npos) break;
    out += text.substr(0, start);
    text.remove_prefix(start);
    const auto reference = parse_reference(text);
    const std::string* value = reference ? find(reference->name) : nullptr;
    if (value && out.size() + value->size() <= kMaxResult) {
      out += *value;
      text.remove_prefix(reference->length);
    } else {
      out += "${";
      text.remove_prefix(2);
    }
  }
  out += text;
  return out;
}

codec::Value Interpolator::expand(const codec::Value& value) const {
  if (const auto* text = value.as_string()) return (*this)(*text);
  if (const auto* array = value.as_array()) {
    codec::Value::Array out;
    for (const auto& item : *array) out.push_back(expand(item));
    return out;
  }
  if (const auto* object = value.as_object()) {
    codec::Value::Object out;
    for (const auto& [key, item] : *object) out.emplace_back((*this)(key), expand(item));
    return out;
  }
  return value;
}

}  // namespace drover::model
