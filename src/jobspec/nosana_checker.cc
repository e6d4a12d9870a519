#include "jobspec/nosana_checker.h"

#include <algorithm>

namespace drover::jobspec {

std::string NosanaChecker::describe_value() const {
  if (const std::string* text = value_.as_string()) return fmt::format("\"{}\"", printable(*text, 80));
  if (const int64_t* number = value_.as_int()) return fmt::format("{}", *number);
  return fmt::format("{} {}", value_.as_object() ? "an" : "a", value_.type_name());
}

bool NosanaChecker::object(std::initializer_list<std::string_view> keys) const {
  if (!value_.as_object()) return expected("an object");
  std::vector<std::string> names;
  for (std::string_view key : keys) {
    const bool required = key.ends_with('!');
    if (required) key.remove_suffix(1);
    names.emplace_back(key);
    if (required && !has(key)) error(fmt::format("\"{}\" is missing", key));
  }
  for (const codec::Value::Member& member : *value_.as_object()) {
    const std::string& key = member.first;
    if (std::ranges::find(names, key) != names.end()) continue;
    const bool worth_it = diagnostics_.error_count() < Diagnostics::kLimit;
    const auto nearest = worth_it ? nearest_name(key, names) : std::nullopt;
    of(member).error(fmt::format("unknown key \"{}\"{}", printable(key, 80),
                                 nearest ? fmt::format(", did you mean \"{}\"?", *nearest) : ""));
  }
  return true;
}

bool NosanaChecker::one_of(std::initializer_list<std::string_view> choices) const {
  const std::string* text = value_.as_string();
  if (text && std::ranges::find(choices, *text) != choices.end()) return true;
  std::string list;
  for (const std::string_view choice : choices) list += fmt::format("{}\"{}\"", list.empty() ? "" : " or ", choice);
  return expected(list);
}

bool NosanaChecker::string_map() const {
  if (!any_object()) return false;
  for (const codec::Value::Member& member : *value_.as_object()) {
    // An operator's value is a literal that becomes a map.
    if (member.first != "__spread__" && member.first != "__pairs__") (void)of(member).string();
  }
  return true;
}

bool NosanaChecker::strings() const {
  if (!array()) return false;
  for (size_t i = 0; i < value_.as_array()->size(); ++i) (void)at(i).string();
  return true;
}

}  // namespace drover::jobspec
