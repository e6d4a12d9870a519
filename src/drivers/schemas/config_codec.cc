#include "drivers/schemas/config_codec.h"

#include "base/strings.h"

namespace drover::drivers {
namespace {

using codec::Kind;
using codec::TypeInfo;
using codec::Value;

// A scalar, or something whose text stands for one.
std::string text_of(const Value& value) {
  if (const auto* text = value.as_string()) return *text;
  return codec::dump(value);
}

bool is_reference(const Value& value) {
  const auto* text = value.as_string();
  return text && text->find("${") != std::string::npos;
}

class Normalizer {
 public:
  explicit Normalizer(ConfigStage stage) : stage_(stage) {}

  Value normalize(Value value, const TypeInfo& type) {
    switch (type.kind) {
      case Kind::Struct:
        return structure(merged(std::move(value)), type);
      case Kind::Map:
        return map(merged(std::move(value)), type);
      case Kind::Vector:
        return vector(std::move(value), type);
      case Kind::Optional:
        return normalize(std::move(value), type.element());
      case Kind::String:
        return value.as_bool() || value.as_int() || value.as_double() ? Value(text_of(value)) : value;
      case Kind::Bool:
        return boolean(std::move(value));
      case Kind::Int:
      case Kind::Uint:
      case Kind::Duration:
        return number(std::move(value));
      default:
        return value;
    }
  }

 private:
  // A block may be repeated: [{"a": 1}, {"b": 2}] is {"a": 1, "b": 2}.
  static Value merged(Value value) {
    const auto* list = value.as_array();
    if (!list) return value;
    Value out = Value::Object();
    for (const Value& element : *list) {
      const auto* object = element.as_object();
      if (!object) return value;
      for (const auto& [key, member] : *object) out.set(key, member);
    }
    return out;
  }

  Value structure(Value value, const TypeInfo& type) {
    auto* object = value.as_object();
    if (!object) return value;
    for (auto& [key, member] : *object) {
      const auto* field = type.fields().by_json_ignore_case(key);
      if (field) member = normalize(std::move(member), *field->type);
    }
    return value;
  }

  Value map(Value value, const TypeInfo& type) {
    if (auto* object = value.as_object()) {
      for (auto& [key, member] : *object) member = normalize(std::move(member), type.element());
    }
    return value;
  }

  Value vector(Value value, const TypeInfo& type) {
    if (value.is_null()) return value;
    if (stage_ == ConfigStage::Submitted && type.element().kind != Kind::String && is_reference(value)) return nullptr;
    if (!value.as_array()) value = Value::Array{std::move(value)};
    for (Value& element : *value.as_array()) element = normalize(std::move(element), type.element());
    return value;
  }

  Value boolean(Value value) const {
    if (stage_ == ConfigStage::Submitted && is_reference(value)) return nullptr;
    const std::string text = value.as_string() || value.as_int() ? to_lower(text_of(value)) : std::string();
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
    return value;
  }

  Value number(Value value) const {
    if (stage_ == ConfigStage::Submitted && is_reference(value)) return nullptr;
    const auto* text = value.as_string();
    const auto parsed = text ? parse_int(*text) : std::nullopt;
    return parsed ? Value(*parsed) : value;
  }

  ConfigStage stage_;
};

}  // namespace

Value normalize_config(Value config, const TypeInfo& type, ConfigStage stage) {
  return Normalizer(stage).normalize(std::move(config), type);
}

void read_config(const Value& config, const TypeInfo& type, ConfigStage stage, void* out, Diagnostics& problems,
                 const std::string& path) {
  if (config.is_null()) return;
  codec::decode(normalize_config(config, type, stage), type, out, problems, path,
                {.unknown_keys = codec::DecodeOptions::UnknownKeys::Refuse});
}

}  // namespace drover::drivers
