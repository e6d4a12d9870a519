#include "jobspec/to_hcl.h"

#include <algorithm>
#include <map>

#include "base/duration.h"
#include "base/strings.h"
#include "codec/describe.h"
#include "hcl/write.h"
#include "jobspec/schema.h"
#include "jobspec/specified.h"

namespace drover::jobspec {
namespace {

using codec::Value;

// What a job file defines itself; every other reference is for the client.
bool is_client_root(std::string_view root) {
  constexpr std::string_view kOwn[] = {"var", "local", "each", "count", "path", "true", "false", "null"};
  return std::ranges::find(kOwn, root) == std::end(kOwn);
}

hcl::Value to_hcl_value(const Value& value) {
  if (const bool* flag = value.as_bool()) return hcl::Value(*flag);
  if (const int64_t* whole = value.as_int()) return hcl::Number(*whole);
  if (const double* real = value.as_double()) {
    const auto number = hcl::Number::from_double(*real);
    return number ? hcl::Value(*number) : hcl::Value();
  }
  if (const std::string* text = value.as_string()) return *text;
  if (const auto* array = value.as_array()) {
    hcl::Value::List list;
    for (const Value& element : *array) list.push_back(to_hcl_value(element));
    return list;
  }
  hcl::Object object;
  if (const auto* members = value.as_object()) {
    for (const auto& [key, member] : *members) object.set(key, to_hcl_value(member));
    return object;
  }
  return {};
}

// Nothing is said by it, whatever the key.
bool is_empty(const Value& value) {
  if (const auto* array = value.as_array()) return array->empty();
  if (const auto* members = value.as_object()) return members->empty();
  return value.is_null() || value == Value("") || value == Value(0) || value == Value(false);
}

bool has_plain_keys(const Value::Object& object) {
  return std::ranges::all_of(object, [](const Value::Member& member) { return hcl::is_plain_name(member.first); });
}

// An opaque list whose elements can be written as blocks and come back as they are: within a block every object that is
// the value of a key becomes a list.
bool reads_back_as_blocks(const Value& value) {
  const auto* list = value.as_array();
  return list && !list->empty() && std::ranges::all_of(*list, [](const Value& element) {
           const auto* object = element.as_object();
           return object && has_plain_keys(*object) && std::ranges::none_of(*object, [](const Value::Member& member) {
                    return member.second.as_object() != nullptr;
                  });
         });
}

bool is_block(Shape shape) {
  return shape == Shape::Block || shape == Shape::Blocks || shape == Shape::BlockMap || shape == Shape::StringMap ||
         shape == Shape::StringsMap || shape == Shape::Any;
}

// As people write it; a bare number of nanoseconds where Go's syntax ends.
hcl::Value duration_value(int64_t nanoseconds) {
  std::string text = format_duration(Duration(nanoseconds));
  if (text.ends_with("m0s")) text.resize(text.size() - 2);
  if (text.ends_with("h0m")) text.resize(text.size() - 2);
  const auto read_back = parse_duration(text);
  return read_back && read_back->count() == nanoseconds ? hcl::Value(text) : hcl::Value(hcl::Number(nanoseconds));
}

class JobWriter {
 public:
  HclText write(const Value& tree) {
    write_block("job", job_schema(), tree, {});
    return {writer_.finish(), std::move(left_out_)};
  }

 private:
  // `label` of what stands in a map.
  void write_block(std::string_view type, const Schema& schema, const Value& value, const std::string& path,
                   const std::string* map_key = nullptr) {
    if (!value.as_object()) return leave_out(path, "it is no object");
    writer_.open(type, labels_of(schema, value, path, map_key));
    write_body(schema, value, path);
    writer_.close();
  }

  std::vector<std::string> labels_of(const Schema& schema, const Value& value, const std::string& path,
                                     const std::string* map_key) {
    const Key* label = schema.label();
    if (!label) return {};
    const Value* own = value.find(label->json);
    std::string text = own && own->as_string() ? *own->as_string() : "";
    if (map_key && own && text != *map_key) {
      leave_out(at(path, label->json), "it differs from the name of its block, which is all that HCL can say");
    }
    if (map_key) text = *map_key;
    constexpr std::string_view kVertical = "vertical_";
    if (schema.name != "TaskScaling") return {text};
    if (!text.starts_with(kVertical)) leave_out(at(path, label->json), "tasks are scaled vertically");
    return {text.starts_with(kVertical) ? text.substr(kVertical.size()) : text};
  }

  // Arguments come before blocks.
  void write_body(const Schema& schema, const Value& object, const std::string& path) {
    std::map<const Key*, const Value*> given;
    for (const auto& [name, value] : *object.as_object()) {
      const Key* key = schema.by_json(name);
      if (key) given[key] = &value;
      if (!key && !value.is_null()) leave_out(at(path, name), "job specifications have no such key");
    }
    for (const bool blocks : {false, true}) {
      for (const Key& key : schema.keys) {
        const auto it = given.find(&key);
        if (it == given.end() || it->second->is_null() || is_block(key.shape) != blocks) continue;
        if (&schema == &job_schema() && key.json == "Name" && same_as_label(schema, object, *it->second)) continue;
        write_key(schema, key, *it->second, at(path, key.json));
      }
    }
  }

  // A job is named after its label anyway.
  static bool same_as_label(const Schema& schema, const Value& object, const Value& name) {
    const Value* label = object.find(schema.label()->json);
    return label && *label == name;
  }

  void write_key(const Schema& schema, const Key& key, const Value& value, const std::string& path) {
    switch (key.shape) {
      case Shape::Label:
        return;
      case Shape::Block:
        if (key.json == "Identity" && key.hcl.empty()) return write_default_identity(key, value, path);
        if (!key.hcl.empty()) return write_block(key.hcl, *key.block, value, path);
        break;
      case Shape::Blocks:
        return write_blocks(schema, key, value, path);
      case Shape::BlockMap:
        return write_block_map(key, value, path);
      default:
        if (!key.hcl.empty()) return write_argument(key, value, path);
    }
    if (!is_implied(schema, key, value)) leave_out(path, "HCL has no key for it");
  }

  // Among the identities of a task, the one without a name of its own is the default.
  void write_default_identity(const Key& key, const Value& value, const std::string& path) {
    const Value* name = value.find("Name");
    if (name && *name != Value("") && *name != Value("default")) {
      return leave_out(path, "the default identity has the name \"default\"");
    }
    write_block("identity", *key.block, value, path);
  }

  // What the server sets, and what HCL's blocks say anyway.
  static bool is_implied(const Schema& schema, const Key& key, const Value& value) {
    if (is_empty(value) || (schema.name == "Periodic" && value == Value("cron"))) return true;
    if (&schema != &job_schema()) return false;
    const codec::Field* field = codec::type_of<model::Job>().fields().by_json(key.json);
    return field && field->has(codec::kReadOnly);
  }

  void write_argument(const Key& key, const Value& value, const std::string& path) {
    const auto* members = value.as_object();
    const bool map = key.shape == Shape::StringMap || key.shape == Shape::StringsMap;
    if (value.find("//")) return leave_out(path, "it has a key \"//\", which is a comment to HCL");
    if (key.shape == Shape::Any && members) return write_opaque_block(key.hcl, value);
    if (map && members && has_plain_keys(*members)) {
      writer_.open(key.hcl);
      for (const auto& [name, member] : *members) writer_.attribute(name, to_hcl_value(member));
      return writer_.close();
    }
    if (members && !map) return leave_out(path, "an object has no meaning there");
    const bool duration = key.shape == Shape::Duration && value.as_int();
    writer_.attribute(key.hcl, duration ? duration_value(*value.as_int()) : to_hcl_value(value));
  }

  void write_opaque_block(std::string_view type, const Value& value) {
    writer_.open(type);
    for (const bool blocks : {false, true}) {
      for (const auto& [name, member] : *value.as_object()) {
        const bool one = member.as_object() && hcl::is_plain_name(name) && reads_back_as_blocks(Value::Array{member});
        const bool several = hcl::is_plain_name(name) && reads_back_as_blocks(member);
        if ((one || several) != blocks) continue;
        if (one) write_opaque_block(name, member);
        if (!blocks) writer_.attribute(name, to_hcl_value(member));
        if (!several) continue;
        for (const Value& element : *member.as_array()) write_opaque_block(name, element);
      }
    }
    writer_.close();
  }

  void write_blocks(const Schema& schema, const Key& key, const Value& value, const std::string& path) {
    const auto* list = value.as_array();
    if (!list) return leave_out(path, "it is no list");
    for (size_t i = 0; i < list->size(); ++i) {
      const std::string element = fmt::format("{}[{}]", path, i);
      if (schema.name == "Network" && key.hcl.empty()) {
        write_port(key, (*list)[i], element);
      } else if (key.hcl.empty()) {
        leave_out(element, "HCL has no block for it");
      } else {
        write_block(key.hcl, *key.block, (*list)[i], element);
      }
    }
  }

  // What makes a port a reserved one is that it says `static`.
  void write_port(const Key& key, const Value& port, const std::string& path) {
    if (!port.as_object()) return leave_out(path, "it is no object");
    const Key& number = *key.block->by_hcl("static");
    Value shown = port;
    if (key.json == "DynamicPorts") {
      shown.erase(number.json);
    } else if (!shown.find(number.json)) {
      shown.set(number.json, 0);
    }
    write_block("port", *key.block, shown, path);
  }

  void write_block_map(const Key& key, const Value& value, const std::string& path) {
    const auto* members = value.as_object();
    if (!members || key.hcl.empty()) return leave_out(path, members ? "HCL has no block for it" : "it is no object");
    for (const auto& [name, member] : *members) {
      write_block(key.hcl, *key.block, member, fmt::format("{}[{}]", path, name), &name);
    }
  }

  static std::string at(const std::string& path, std::string_view key) {
    return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
  }

  void leave_out(std::string path, std::string reason) { left_out_.push_back({std::move(path), std::move(reason)}); }

  hcl::Writer writer_{is_client_root};
  std::vector<LeftOut> left_out_;
};

}  // namespace

HclText to_hcl(const Value& tree) {
  return JobWriter().write(tree);
}

HclText to_hcl(const model::Job& job) {
  return to_hcl(specified_tree(job));
}

}  // namespace drover::jobspec
