#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What the codecs know about a type: enough to walk any described value without templates. Plain data model headers
// include only codec/fwd.h; the *_desc.cc files include codec/describe.h, which fills these in.
namespace drover::codec {

enum class Kind : uint8_t {
  Bool,
  Int,       // int8_t … int64_t, WallTime (nanoseconds)
  Uint,      // uint8_t … uint64_t
  Float,     // double
  String,    // std::string, StrongString, SharedString
  Uuid,      // Uuid, StrongUuid
  Duration,  // std::chrono::nanoseconds
  Bytes,     // codec::Bytes: base64 in JSON
  Enum,      // an enum class with a names table
  Struct,
  Optional,  // std::optional, std::shared_ptr<const T>
  Vector,    // std::vector, also Boxed; SlimVector
  Map,       // std::map<std::string, T>, also Boxed; FlatMap
  Value,     // codec::Value
};

struct StructInfo;

struct EnumName {
  int64_t value;
  std::string_view name;
};

// Receives one entry of a map: its key and a pointer to its value.
using MapVisitor = void (*)(void* context, const std::string& key, const void* value);

struct TypeInfo {
  Kind kind;
  uint8_t width = 0;                          // Int, Uint, Enum: bytes
  bool shared_text = false;                   // String: a SharedString
  size_t size = 0;                            // sizeof
  std::span<const EnumName> enum_names = {};  // Enum
  const StructInfo& (*fields)() = nullptr;    // Struct
  const TypeInfo& (*element)() = nullptr;     // Optional, Vector, Map

  // Optional: the value or null; make one; remove it.
  const void* (*optional_get)(const void*) = nullptr;
  void* (*optional_emplace)(void*) = nullptr;
  void (*optional_reset)(void*) = nullptr;
  // Only of a std::shared_ptr: take over the value of another one; the value to be taken over.
  void (*optional_share)(void*, const std::shared_ptr<const void>&) = nullptr;
  std::shared_ptr<const void> (*optional_shared)(const void*) = nullptr;

  // Vector.
  size_t (*vector_size)(const void*) = nullptr;
  const void* (*vector_at)(const void*, size_t) = nullptr;
  void* (*vector_append)(void*) = nullptr;

  // Map, in key order. map_insert replaces an entry of the same key by a fresh one.
  size_t (*map_size)(const void*) = nullptr;
  void (*map_visit)(const void*, void* context, MapVisitor visit) = nullptr;
  const void* (*map_find)(const void*, std::string_view key) = nullptr;
  void* (*map_insert)(void*, std::string_view key) = nullptr;

  // Optional, Vector, Map, String, Value: back to empty.
  void (*clear)(void*) = nullptr;
};

enum FieldFlag : uint32_t {
  kSecret = 1u << 0,       // masked in API answers, plans and logs
  kReadOnly = 1u << 1,     // set by the server; ignored in specifications and when versions are compared
  kDestructive = 1u << 2,  // a change replaces running allocations (facts 5.7)
  kOmitEmpty = 1u << 3,    // left out of JSON when zero or empty
  kLabel = 1u << 4,        // in HCL, the label of the block rather than an attribute
  kNoDiff = 1u << 5,       // not shown in plans
  kEmptyList = 1u << 6,    // an empty list or map is [] or {} in JSON, not null
};

struct Field {
  uint32_t number;                 // stable storage id, never reused
  const char* json;                // JSON name
  const char* hcl_name = nullptr;  // HCL attribute or block name; null: not part of the language
  const char* doc_text = "";
  uint32_t flag_bits = 0;
  size_t offset = 0;
  const TypeInfo* type = nullptr;

  bool has(FieldFlag flag) const { return (flag_bits & flag) != 0; }
  const void* in(const void* object) const { return static_cast<const std::byte*>(object) + offset; }
  void* in(void* object) const { return static_cast<std::byte*>(object) + offset; }

  // Used by describe(): d.field(1, cpu, "CPU").hcl("cpu").doc("CPU share in MHz").flags(kDestructive);
  Field& hcl(const char* name) {
    hcl_name = name;
    return *this;
  }
  Field& doc(const char* text) {
    doc_text = text;
    return *this;
  }
  Field& flags(uint32_t bits) {
    flag_bits |= bits;
    return *this;
  }
};

struct StructInfo {
  const char* name = "";
  size_t size = 0;
  std::vector<Field> fields;       // in order of description
  const void* defaults = nullptr;  // a default-constructed instance
  void* (*create)() = nullptr;     // heap instance; pair with destroy
  void (*destroy)(void*) = nullptr;
  void (*assign)(void* to, const void* from) = nullptr;  // copy assignment

  const Field* by_json(std::string_view json) const;              // exact
  const Field* by_json_ignore_case(std::string_view json) const;  // as Go's decoder
  const Field* by_hcl(std::string_view hcl) const;
  const Field* by_number(uint32_t number) const;
  const Field* label() const;  // the field with kLabel, or null
};

// Scalars by kind. REQUIRES type.kind Int, Uint, Enum or Duration.
int64_t load_int(const TypeInfo& type, const void* at);
// False if `value` does not fit the type. Uint: `value` is taken as given and must not be negative.
[[nodiscard]] bool store_int(const TypeInfo& type, void* at, int64_t value);

// REQUIRES type.kind String.
const std::string& load_text(const TypeInfo& type, const void* at);
void store_text(const TypeInfo& type, void* at, std::string text);

// The name of an enumerator's value, and back (exact); "" / null if there is none.
std::string_view enum_name(const TypeInfo& type, int64_t value);
const EnumName* enum_by_name(const TypeInfo& type, std::string_view name);

// True for false, 0, "", nil UUID, absent, empty list, empty map, JSON null; a struct is zero if all its fields are.
bool is_zero(const TypeInfo& type, const void* at);

}  // namespace drover::codec
