#pragma once

#include <string>

namespace drover::codec {

class StructBuilder;
class Value;
struct EnumName;
struct TypeInfo;
struct StructInfo;

// Binary data: base64 text in JSON.
struct Bytes {
  std::string value;
  friend bool operator==(const Bytes&, const Bytes&) = default;
};

// What the codecs know about T; defined in codec/describe.h.
template <class T>
const TypeInfo& type_of();

}  // namespace drover::codec
