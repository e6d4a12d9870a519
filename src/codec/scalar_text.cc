#include "codec/scalar_text.h"

#include "base/check.h"
#include "base/strings.h"
#include "base/uuid.h"
#include "codec/json.h"

namespace drover::codec {

bool is_scalar(const TypeInfo& type) {
  switch (type.kind) {
    case Kind::Struct:
    case Kind::Optional:
    case Kind::Vector:
    case Kind::Map:
    case Kind::Value:
      return false;
    default:
      return true;
  }
}

std::string scalar_text(const TypeInfo& type, const void* at) {
  switch (type.kind) {
    case Kind::Bool:
      return *static_cast<const bool*>(at) ? "true" : "false";
    case Kind::Int:
    case Kind::Duration:
      return std::to_string(load_int(type, at));
    case Kind::Uint:
      return std::to_string(static_cast<uint64_t>(load_int(type, at)));
    case Kind::Float: {
      std::string text;
      append_json_number(text, *static_cast<const double*>(at));
      return text;
    }
    case Kind::String:
      return load_text(type, at);
    case Kind::Uuid:
      return static_cast<const Uuid*>(at)->str();
    case Kind::Bytes:
      return base64_encode(static_cast<const Bytes*>(at)->value);
    case Kind::Enum:
      return std::string(enum_name(type, load_int(type, at)));
    default:
      CHECK(false, "not a scalar");
  }
  return "";
}

}  // namespace drover::codec
