#include "codec/type_info.h"

#include <cstring>

#include "base/shared_string.h"
#include "base/strings.h"
#include "base/uuid.h"
#include "codec/describe.h"

namespace drover::codec {

void StructBuilder::retired(uint32_t number, const char* json) {
  CHECK(!info_.by_number(number) && !info_.by_json(json), "a retired field may not be used again");
}

Field& StructBuilder::add(const Field& field) {
  CHECK(!info_.by_number(field.number), "two fields of a struct share a number");
  CHECK(!info_.by_json(field.json), "two fields of a struct share a JSON name");
  return info_.fields.emplace_back(field);
}

const Field* StructInfo::by_json(std::string_view json) const {
  for (const Field& field : fields) {
    if (json == field.json) return &field;
  }
  return nullptr;
}

const Field* StructInfo::by_json_ignore_case(std::string_view json) const {
  if (const Field* exact = by_json(json)) return exact;
  for (const Field& field : fields) {
    if (equals_ignore_case(json, field.json)) return &field;
  }
  return nullptr;
}

const Field* StructInfo::by_hcl(std::string_view hcl) const {
  for (const Field& field : fields) {
    if (field.hcl_name && hcl == field.hcl_name) return &field;
  }
  return nullptr;
}

const Field* StructInfo::by_number(uint32_t number) const {
  for (const Field& field : fields) {
    if (field.number == number) return &field;
  }
  return nullptr;
}

const Field* StructInfo::label() const {
  for (const Field& field : fields) {
    if (field.has(kLabel)) return &field;
  }
  return nullptr;
}

int64_t load_int(const TypeInfo& type, const void* at) {
  uint64_t raw = 0;
  std::memcpy(&raw, at, type.width);  // little endian: the only byte order Drover is built for
  if (type.kind == Kind::Uint || type.width == 8) return static_cast<int64_t>(raw);
  const unsigned shift = 64 - 8 * type.width;
  return static_cast<int64_t>(raw << shift) >> shift;
}

bool store_int(const TypeInfo& type, void* at, int64_t value) {
  std::memcpy(at, &value, type.width);
  return load_int(type, at) == value && !(type.kind == Kind::Uint && value < 0);
}

const std::string& load_text(const TypeInfo& type, const void* at) {
  return type.shared_text ? static_cast<const SharedString*>(at)->str() : *static_cast<const std::string*>(at);
}

void store_text(const TypeInfo& type, void* at, std::string text) {
  if (type.shared_text) {
    *static_cast<SharedString*>(at) = SharedString(std::move(text));
  } else {
    *static_cast<std::string*>(at) = std::move(text);
  }
}

std::string_view enum_name(const TypeInfo& type, int64_t value) {
  for (const EnumName& entry : type.enum_names) {
    if (entry.value == value) return entry.name;
  }
  return "";
}

const EnumName* enum_by_name(const TypeInfo& type, std::string_view name) {
  for (const EnumName& entry : type.enum_names) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

bool is_zero(const TypeInfo& type, const void* at) {
  switch (type.kind) {
    case Kind::Bool:
      return !*static_cast<const bool*>(at);
    case Kind::Int:
    case Kind::Uint:
    case Kind::Enum:
    case Kind::Duration:
      return load_int(type, at) == 0;
    case Kind::Float:
      return *static_cast<const double*>(at) == 0;
    case Kind::String:
      return load_text(type, at).empty();
    case Kind::Bytes:
      return static_cast<const Bytes*>(at)->value.empty();
    case Kind::Uuid:
      return static_cast<const Uuid*>(at)->empty();
    case Kind::Value:
      return static_cast<const Value*>(at)->is_null();
    case Kind::Optional:
      return type.optional_get(at) == nullptr;
    case Kind::Vector:
      return type.vector_size(at) == 0;
    case Kind::Map:
      return type.map_size(at) == 0;
    case Kind::Struct:
      for (const Field& field : type.fields().fields) {
        if (!is_zero(*field.type, field.in(at))) return false;
      }
      return true;
  }
  return false;
}

}  // namespace drover::codec
