#include "jobspec/schema.h"

#include <algorithm>
#include <deque>
#include <map>

#include "base/check.h"
#include "base/strings.h"
#include "codec/describe.h"
#include "jobspec/unsupported.h"
#include "model/job.h"

namespace drover::jobspec {
namespace {

using codec::Kind;
using codec::TypeInfo;

Shape shape_of_list(const TypeInfo& element) {
  if (element.kind == Kind::Struct) return Shape::Blocks;
  return element.kind == Kind::Int ? Shape::Integers : Shape::Strings;
}

Shape shape_of_map(const TypeInfo& element) {
  if (element.kind == Kind::Struct) return Shape::BlockMap;
  return element.kind == Kind::Vector ? Shape::StringsMap : Shape::StringMap;
}

Shape shape_of(const TypeInfo& type) {
  switch (type.kind) {
    case Kind::Bool:
      return Shape::Bool;
    case Kind::Int:
    case Kind::Uint:
      return Shape::Integer;
    case Kind::Float:
      return Shape::Number;
    case Kind::Duration:
      return Shape::Duration;
    case Kind::String:
    case Kind::Uuid:
    case Kind::Bytes:
    case Kind::Enum:
      return Shape::String;
    case Kind::Optional:
      return shape_of(type.element());
    case Kind::Struct:
      return Shape::Block;
    case Kind::Vector:
      return shape_of_list(type.element());
    case Kind::Map:
      return shape_of_map(type.element());
    case Kind::Value:
      return Shape::Any;
  }
  return Shape::Any;
}

// All schemas by name, built once.
class Registry {
 public:
  Registry() {
    add_described(codec::type_of<model::Job>());
    named("Job").keys.push_back({.hcl = "vault", .json = "Vault", .shape = Shape::Block, .block = &named("Vault")});
    named("TaskGroup")
        .keys.push_back({.hcl = "vault", .json = "Vault", .shape = Shape::Block, .block = &named("Vault")});
    named("LogConfig").keys.push_back({.hcl = "enabled", .json = "Enabled", .shape = Shape::Bool});
    // A task scales each of its resources by one policy, named by its label.
    Schema& task_scaling = named("TaskScaling");
    task_scaling.keys = named("Scaling").keys;
    find(task_scaling, "Type")->shape = Shape::Label;
    find(named("Task"), "ScalingPolicies")->block = &task_scaling;
    for (const UnsupportedKey& row : unsupported_keys()) {
      Key* key = find(named(row.schema), row.json);
      CHECK(key != nullptr, "a key that no schema has");
      key->supported = false;
      key->inert = row.inert;
    }
  }

  const Schema& job() { return named("Job"); }

 private:
  Schema& named(std::string_view name) {
    const auto [it, added] = by_name_.try_emplace(name, nullptr);
    if (added) it->second = &schemas_.emplace_back(Schema{.name = name});
    return *it->second;
  }

  static Key* find(Schema& schema, std::string_view json) {
    const auto it = std::ranges::find(schema.keys, json, &Key::json);
    return it == schema.keys.end() ? nullptr : &*it;
  }

  const Schema* add_described(const TypeInfo& type) {
    const bool holder = type.kind == Kind::Optional || type.kind == Kind::Vector || type.kind == Kind::Map;
    if (holder) return add_described(type.element());
    if (type.kind != Kind::Struct) return nullptr;
    const codec::StructInfo& info = type.fields();
    const bool known = by_name_.contains(info.name);
    Schema& schema = named(info.name);
    if (known) return &schema;
    for (const codec::Field& field : info.fields) {
      Key key{.hcl = field.hcl_name ? field.hcl_name : "", .json = field.json, .shape = shape_of(*field.type)};
      if (field.has(codec::kLabel)) key.shape = Shape::Label;
      key.block = add_described(*field.type);
      schema.keys.push_back(key);
    }
    return &schema;
  }

  std::deque<Schema> schemas_;  // stable addresses
  std::map<std::string_view, Schema*> by_name_;
};

}  // namespace

const Key* Schema::by_hcl(std::string_view hcl) const {
  for (const Key& key : keys) {
    if (!hcl.empty() && key.hcl == hcl) return &key;
  }
  return nullptr;
}

const Key* Schema::by_json(std::string_view json) const {
  for (const Key& key : keys) {
    if (equals_ignore_case(key.json, json)) return &key;
  }
  return nullptr;
}

const Key* Schema::label() const {
  for (const Key& key : keys) {
    if (key.shape == Shape::Label) return &key;
  }
  return nullptr;
}

std::vector<std::string> Schema::hcl_names() const {
  std::vector<std::string> names;
  for (const Key& key : keys) {
    if (!key.hcl.empty()) names.emplace_back(key.hcl);
  }
  return names;
}

std::vector<std::string> Schema::json_names() const {
  std::vector<std::string> names;
  for (const Key& key : keys) names.emplace_back(key.json);
  return names;
}

const Schema& job_schema() {
  static Registry registry;
  static const Schema& job = registry.job();
  return job;
}

}  // namespace drover::jobspec
