#include "codec/value.h"

#include "base/check.h"

namespace drover::codec {

const Value* Value::find(std::string_view name) const {
  if (const Object* object = as_object()) {
    for (const Member& member : *object) {
      if (member.first == name) return &member.second;
    }
  }
  return nullptr;
}

Value* Value::find(std::string_view name) {
  return const_cast<Value*>(std::as_const(*this).find(name));
}

Value& Value::set(std::string_view name, Value value) {
  if (is_null()) data_ = Object{};
  Object* object = as_object();
  CHECK(object, "only objects have members");
  if (Value* existing = find(name)) {
    *existing = std::move(value);
    return *existing;
  }
  object->emplace_back(std::string(name), std::move(value));
  return object->back().second;
}

void Value::erase(std::string_view name) {
  if (Object* object = as_object()) std::erase_if(*object, [&](const Member& member) { return member.first == name; });
}

std::string_view Value::type_name() const {
  static constexpr std::string_view kNames[] = {"null", "bool", "number", "number", "string", "list", "object"};
  return kNames[data_.index()];
}

}  // namespace drover::codec
