#include "jobspec/json_schema.h"

#include <cctype>
#include <map>

#include <fmt/core.h>

#include "base/strings.h"
#include "codec/describe.h"
#include "codec/json_schema.h"
#include "jobspec/nosana_schema.h"
#include "jobspec/unsupported.h"
#include "model/job.h"

namespace drover::jobspec {
namespace {

using codec::Value;

Value typed(std::string_view name) {
  Value schema;
  schema.set("type", name);
  return schema;
}

Value reference(std::string_view name) {
  Value schema;
  schema.set("$ref", fmt::format("#/definitions/{}", name));
  return schema;
}

// Says in the description of a key that jobs which use it are refused.
void mark_unsupported(Value& definitions) {
  for (const UnsupportedKey& key : unsupported_keys()) {
    Value* schema = definitions.find(key.schema);
    Value* property = schema ? schema->find("properties")->find(key.json) : nullptr;
    if (!property) continue;
    const Value* doc = property->find("description");
    const std::string text = doc ? *doc->as_string() + ". " : "";
    property->set("description",
                  text + (key.inert.empty() ? "Not supported by this version of drover."
                                            : "Not every value is supported by this version of drover."));
  }
}

// What may stand beside the job in a request.
Value request_schema() {
  Value properties;
  properties.set("Job", reference("Job"));
  for (const char* flag : {"EnforceIndex", "PolicyOverride", "PreserveCounts"}) properties.set(flag, typed("boolean"));
  properties.set("JobModifyIndex", typed("integer"));
  Value schema = typed("object");
  schema.set("properties", std::move(properties));
  return schema;
}

// Turns Nosana's tables into schemas, as far as they hold for Drover.
class NosanaSchemas {
 public:
  Value of(const NosanaType& type) {
    switch (type.kind) {
      case NosanaType::Kind::Any:
        return Value::Object{};
      case NosanaType::Kind::Bool:
        return typed("boolean");
      case NosanaType::Kind::Number:
        return typed("number");
      case NosanaType::Kind::String:
        return string(type);
      case NosanaType::Kind::List: {
        Value schema = typed("array");
        if (type.element) schema.set("items", of(*type.element));
        return schema;
      }
      case NosanaType::Kind::Map:
      case NosanaType::Kind::Object:
      case NosanaType::Kind::Forms:
        return named(type);
    }
    return {};
  }

  Value definitions() const {
    Value all(Value::Object{});
    for (const auto& [name, schema] : definitions_) all.set(name, schema);
    return all;
  }

 private:
  static Value string(const NosanaType& type) {
    Value schema = typed("string");
    if (!type.words.empty()) {
      Value::Array words;
      for (const std::string_view word : type.words) words.emplace_back(word);
      schema.set("enum", std::move(words));
    }
    for (const NosanaRule& rule : type.rules) {
      if ((rule.known & kDrover) && !rule.pattern.empty()) schema.set("pattern", rule.pattern);
    }
    return schema;
  }

  Value named(const NosanaType& type) {
    auto known = names_.find(&type);
    if (known == names_.end()) {
      const std::string base = name_of(type);
      std::string name = base;
      for (int n = 2; definitions_.contains(name); ++n) name = fmt::format("{}{}", base, n);
      known = names_.emplace(&type, name).first;
      definitions_[name];  // taken before the type may refer to itself
      definitions_[name] = type.kind == NosanaType::Kind::Forms ? forms(type) : object(type);
    }
    return reference(known->second);
  }

  // "an exposed port" → "ExposedPort".
  static std::string name_of(const NosanaType& type) {
    std::string name;
    bool starts = true;
    std::string_view text = type.expected;
    for (const std::string_view article : {"a ", "an "}) {
      if (text.starts_with(article)) text.remove_prefix(article.size());
    }
    for (const char c : text.substr(0, text.find(','))) {
      const bool letter = std::isalnum(static_cast<unsigned char>(c)) != 0;
      if (letter) name += starts ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
      starts = !letter;
    }
    return name.empty() ? "Value" : name;
  }

  Value forms(const NosanaType& type) {
    Value::Array forms;
    for (const NosanaForm& form : type.forms) {
      if (form.known & kDrover) forms.push_back(of(*form.type));
    }
    Value schema;
    schema.set("anyOf", std::move(forms));
    return schema;
  }

  Value object(const NosanaType& type) {
    Value properties(Value::Object{});
    Value::Array required;
    for (const NosanaKey& key : type.keys) {
      if (!(key.known & kDrover)) continue;
      Value property = of(*key.type);
      if (!key.doc.empty()) property.set("description", key.doc);
      properties.set(key.name, std::move(property));
      if (key.required & kDrover) required.emplace_back(key.name);
    }
    Value schema = typed("object");
    if (!properties.as_object()->empty()) schema.set("properties", std::move(properties));
    if (!required.empty()) schema.set("required", std::move(required));
    schema.set("additionalProperties", type.element ? of(*type.element) : Value(false));
    return schema;
  }

  std::map<const NosanaType*, std::string> names_;
  std::map<std::string, Value> definitions_;
};

}  // namespace

Value nomad_json_schema() {
  codec::JsonSchemas schemas({.closed = true});
  const Value job = schemas.of<model::Job>();
  Value definitions = schemas.definitions();
  mark_unsupported(definitions);
  Value wrapped;
  wrapped.set("required", Value::Array{"Job"});
  Value root;
  root.set("if", std::move(wrapped));
  root.set("then", request_schema());
  root.set("else", job);
  return codec::json_schema_document("Nomad job (JSON)", "A job as Nomad's HTTP API and \"job run -json\" take it.",
                                     std::move(root), std::move(definitions));
}

Value nosana_json_schema() {
  NosanaSchemas schemas;
  const Value root = schemas.of(nosana_schema());
  return codec::json_schema_document("Nosana job definition", "A flow of operations in containers.", root,
                                     schemas.definitions());
}

}  // namespace drover::jobspec
