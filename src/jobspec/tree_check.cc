#include "jobspec/tree_check.h"

#include <algorithm>

#include "base/strings.h"
#include "codec/json.h"
#include "jobspec/schema.h"

namespace drover::jobspec {
namespace {

using codec::Value;

// What Nomad's clients send for "not given": null, "", 0, false, and lists and objects of nothing else. An object
// within an object says something by being there: {"Connect": {"SidecarService": {}}}.
bool is_empty(const Value& value) {
  if (value.is_null()) return true;
  if (const bool* flag = value.as_bool()) return !*flag;
  if (const int64_t* number = value.as_int()) return *number == 0;
  if (const double* number = value.as_double()) return *number == 0;
  if (const std::string* text = value.as_string()) return text->empty();
  if (const auto* list = value.as_array()) return list->empty();
  const auto& members = *value.as_object();
  return std::ranges::all_of(
      members, [](const Value::Member& member) { return !member.second.as_object() && is_empty(member.second); });
}

bool is_inert(const Key& key, const Value& value);

// An object whose every member is as Drover behaves anyway.
bool is_inert_block(const Schema& schema, const Value& value) {
  if (!value.as_object()) return false;
  return std::ranges::all_of(*value.as_object(), [&](const Value::Member& member) {
    const Key* key = schema.by_json(member.first);
    return key && is_inert(*key, member.second);
  });
}

bool is_inert(const Key& key, const Value& value) {
  if (is_empty(value)) return true;
  if (key.shape == Shape::Block && key.block) return is_inert_block(*key.block, value);
  if (key.inert.empty()) return false;
  const std::string text = value.as_string() ? *value.as_string() : codec::dump(value);
  const std::vector<std::string> values = split(key.inert, '|');
  return std::ranges::find(values, text) != values.end();
}

class KeyChecker {
 public:
  KeyChecker(Format format, Purpose purpose, Diagnostics& diagnostics)
      : format_(format), purpose_(purpose), diagnostics_(diagnostics) {}

  // `refused`: the block is not supported as a whole, and that has been said.
  void check(const Schema& schema, const Value& value, const std::string& path, bool refused = false) {
    const auto* object = value.as_object();
    if (!object) return;  // decoding says what is wrong
    for (const auto& [name, member] : *object) {
      const std::string member_path = path.empty() ? name : path + "." + name;
      const Key* key = schema.by_json(name);
      if (!key) {
        unknown(schema, name, member, member_path);
      } else {
        const bool unsupported = !key->supported && !is_inert(*key, member);
        if (unsupported && !refused) refuse(*key, member, member_path);
        if (key->block) descend(*key, member, member_path, refused || unsupported);
      }
    }
  }

 private:
  void descend(const Key& key, const Value& value, const std::string& path, bool refused) {
    if (const auto* list = value.as_array()) {
      for (size_t i = 0; i < list->size(); ++i) check(*key.block, (*list)[i], fmt::format("{}[{}]", path, i), refused);
    } else if (key.shape != Shape::BlockMap) {
      check(*key.block, value, path, refused);
    } else if (const auto* entries = value.as_object()) {
      for (const auto& [label, entry] : *entries) {
        check(*key.block, entry, fmt::format("{}[{}]", path, printable(label, 80)), refused);
      }
    }
  }

  void refuse(const Key& key, const Value& value, const std::string& path) {
    const std::string_view name = format_ == Format::Hcl && !key.hcl.empty() ? key.hcl : key.json;
    const std::string* text = key.inert.empty() ? nullptr : value.as_string();
    std::string message = text ? fmt::format("{} = \"{}\"", name, printable(*text, 80)) : fmt::format("\"{}\"", name);
    message += " is not supported by this version of drover";
    purpose_ == Purpose::Run ? diagnostics_.error(path, std::move(message))
                             : diagnostics_.warning(path, std::move(message));
  }

  void unknown(const Schema& schema, const std::string& name, const Value& value, const std::string& path) {
    if (is_empty(value)) return;
    const bool worth_it = ++unknown_ <= 20;
    const auto nearest = worth_it ? nearest_name(name, schema.json_names()) : std::nullopt;
    diagnostics_.warning(path, fmt::format("unknown key \"{}\" is ignored{}", printable(name, 80),
                                           nearest ? fmt::format(", did you mean \"{}\"?", *nearest) : ""));
  }

  const Format format_;
  const Purpose purpose_;
  Diagnostics& diagnostics_;
  size_t unknown_ = 0;
};

}  // namespace

void check_keys(const Value& tree, Format format, Purpose purpose, Diagnostics& diagnostics) {
  KeyChecker(format, purpose, diagnostics).check(job_schema(), tree, "");
}

}  // namespace drover::jobspec
