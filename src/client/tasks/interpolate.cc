#include "client/tasks/interpolate.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace drover::client {
namespace {

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.';
}

}  // namespace

Variables node_variables(const model::Node& node, std::string_view region) {
  Variables variables = {
      {"node.unique.id", node.id.str()},    {"node.unique.name", node.name}, {"node.datacenter", node.datacenter},
      {"node.region", std::string(region)}, {"node.class", node.node_class}, {"nomad.class", node.node_class},
      {"node.pool", node.node_pool},
  };
  for (const auto& [key, value] : node.attributes) variables.emplace("attr." + key, value);
  for (const auto& [key, value] : node.meta) variables.emplace("meta." + key, value);
  return variables;
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
    const auto name_begin = text.begin() + static_cast<std::ptrdiff_t>(start) + 2;
    const auto name_end = std::find_if_not(name_begin, text.end(), is_name_character);
    const std::string_view name(name_begin, name_end);
    const std::string* value = name_end != text.end() && *name_end == '}' ? find(name) : nullptr;
    out += text.substr(0, start);
    if (value) {
      out += *value;
      text.remove_prefix(start + name.size() + 3);
    } else {
      out += "${";
      text.remove_prefix(start + 2);
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

}  // namespace drover::client
