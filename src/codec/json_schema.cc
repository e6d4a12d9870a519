#include "codec/json_schema.h"

#include "base/strings.h"
#include "codec/describe.h"
#include "codec/json.h"

namespace drover::codec {
namespace {

constexpr std::string_view kGoDuration = "^([-+]?(([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+|[-+]?0)$";

Value typed(std::string_view name) {
  Value schema;
  schema.set("type", name);
  return schema;
}

// int8_t: -128 to 127; what has 64 bits has no limits that an editor could check.
Value whole_number(const TypeInfo& type) {
  Value schema = typed("integer");
  const bool is_signed = type.kind == Kind::Int;
  if (!is_signed) schema.set("minimum", 0);
  if (type.width >= 8) return schema;
  const int64_t highest = (int64_t{1} << (type.width * 8 - (is_signed ? 1 : 0))) - 1;
  if (is_signed) schema.set("minimum", -highest - 1);
  schema.set("maximum", highest);
  return schema;
}

Value duration() {
  Value schema;
  schema.set("type", Value::Array{"integer", "string"});
  schema.set("pattern", kGoDuration);
  return schema;
}

Value bytes() {
  Value schema = typed("string");
  schema.set("contentEncoding", "base64");
  return schema;
}

// "" is the default.
Value enumeration(const TypeInfo& type) {
  Value::Array names;
  for (const EnumName& entry : type.enum_names) names.emplace_back(entry.name);
  if (!enum_by_name(type, "")) names.emplace_back("");
  Value schema;
  schema.set("enum", std::move(names));
  return schema;
}

// The same schema, with null for "not given".
Value nullable(Value schema) {
  if (Value* names = schema.find("enum")) {
    names->as_array()->emplace_back(nullptr);
  } else if (Value* type = schema.find("type"); type && type->as_array()) {
    type->as_array()->emplace_back("null");
  } else if (type) {
    *type = Value::Array{std::move(*type), "null"};
  } else if (schema.find("$ref")) {
    Value either;
    either.set("anyOf", Value::Array{std::move(schema), typed("null")});
    return either;
  }
  return schema;
}

}  // namespace

Value JsonSchemas::of(const TypeInfo& type) {
  switch (type.kind) {
    case Kind::Bool:
      return typed("boolean");
    case Kind::Int:
    case Kind::Uint:
      return whole_number(type);
    case Kind::Float:
      return typed("number");
    case Kind::String:
    case Kind::Uuid:
      return typed("string");
    case Kind::Duration:
      return duration();
    case Kind::Bytes:
      return bytes();
    case Kind::Enum:
      return enumeration(type);
    case Kind::Struct:
      return reference(type.fields());
    case Kind::Optional:
      return of(type.element());
    case Kind::Vector: {
      const bool of_structs = type.element().kind == Kind::Struct;
      Value schema = typed("array");
      Value element = of(type.element());
      schema.set("items", of_structs ? std::move(element) : nullable(std::move(element)));
      return schema;
    }
    case Kind::Map: {
      Value schema = typed("object");
      schema.set("additionalProperties", nullable(of(type.element())));
      return schema;
    }
    case Kind::Value:
      return Value::Object{};
  }
  return {};
}

Value JsonSchemas::reference(const StructInfo& info) {
  auto known = names_.find(&info);
  if (known == names_.end()) {
    const std::string base = *info.name ? info.name : "Object";
    std::string name = base;
    for (int n = 2; definitions_.contains(name); ++n) name = fmt::format("{}{}", base, n);
    known = names_.emplace(&info, name).first;
    definitions_[name];  // taken before the struct may refer to itself
    definitions_[name] = structure(info);
  }
  Value schema;
  schema.set("$ref", "#/definitions/" + known->second);
  return schema;
}

Value JsonSchemas::structure(const StructInfo& info) {
  Value properties(Value::Object{});
  for (const Field& field : info.fields) {
    Value property = nullable(of(*field.type));
    if (*field.doc_text) property.set("description", field.doc_text);
    if (field.has(kReadOnly)) property.set("readOnly", true);
    const void* at = field.in(info.defaults);
    if (field.type->kind != Kind::Struct && !is_zero(*field.type, at))
      property.set("default", to_value(*field.type, at));
    properties.set(field.json, std::move(property));
  }
  Value schema = typed("object");
  schema.set("properties", std::move(properties));
  if (options_.closed) schema.set("additionalProperties", false);
  return schema;
}

Value JsonSchemas::definitions() const {
  Value all(Value::Object{});
  for (const auto& [name, schema] : definitions_) all.set(name, schema);
  return all;
}

Value json_schema_document(std::string_view title, std::string_view description, Value root, Value definitions) {
  Value document;
  document.set("$schema", "http://json-schema.org/draft-07/schema#");
  document.set("title", title);
  document.set("description", description);
  if (const auto* members = root.as_object()) {
    for (const auto& [key, value] : *members) document.set(key, value);
  }
  document.set("definitions", std::move(definitions));
  return document;
}

}  // namespace drover::codec
