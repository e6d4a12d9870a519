#include "codec/random_instance.h"

#include <array>
#include <string>

#include "base/uuid.h"
#include "codec/value.h"

namespace drover::codec {
namespace {

class Generator {
 public:
  Generator(Random& random, const RandomLimits& limits) : random_(random), limits_(limits) {}

  void fill(const TypeInfo& type, void* at, uint32_t depth) {
    switch (type.kind) {
      case Kind::Bool:
        *static_cast<bool*>(at) = one_in(2);
        break;
      case Kind::Int:
      case Kind::Uint:
      case Kind::Duration:
        integer(type, at);
        break;
      case Kind::Float:
        *static_cast<double*>(at) = one_in(4) ? 0 : real();
        break;
      case Kind::String:
        store_text(type, at, string());
        break;
      case Kind::Uuid:
        *static_cast<Uuid*>(at) = one_in(4) ? Uuid() : random_.uuid();
        break;
      case Kind::Bytes:
        static_cast<Bytes*>(at)->value = bytes();
        break;
      case Kind::Enum:
        enumerator(type, at);
        break;
      case Kind::Value:
        *static_cast<Value*>(at) = one_in(5) ? Value() : value(depth);
        break;
      default:
        container(type, at, depth);
    }
  }

 private:
  void container(const TypeInfo& type, void* at, uint32_t depth) {
    if (type.kind == Kind::Struct) {
      for (const Field& field : type.fields().fields) fill(*field.type, field.in(at), depth + 1);
      return;
    }
    type.clear(at);
    const size_t count = depth > limits_.max_depth ? 0 : random_.below(limits_.max_elements + 1);
    if (type.kind == Kind::Optional) {
      if (count > 0) optional(type, at, depth);
      return;
    }
    for (size_t i = 0; i < count; ++i) {
      void* entry = type.kind == Kind::Map ? type.map_insert(at, string()) : type.vector_append(at);
      fill(type.element(), entry, depth);
    }
  }

  // Null and "nothing in it" look like "nothing" in JSON, and do not stand in an optional.
  void optional(const TypeInfo& type, void* at, uint32_t depth) {
    const TypeInfo& element = type.element();
    void* inner = type.optional_emplace(at);
    fill(element, inner, depth);
    const bool ambiguous = element.kind == Kind::Value || element.kind == Kind::Optional;
    if (ambiguous && is_zero(element, inner)) type.optional_reset(at);
  }

  // Also the extremes of the type, but nothing above INT64_MAX.
  void integer(const TypeInfo& type, void* at) {
    const unsigned bits = type.width * 8u;
    const bool is_signed = type.kind != Kind::Uint;
    const uint64_t highest = is_signed || bits == 64 ? (uint64_t{1} << (bits - 1)) - 1 : (uint64_t{1} << bits) - 1;
    auto number = static_cast<int64_t>(one_in(4) ? random_.next() & highest : random_.below(3));
    if (one_in(8)) number = static_cast<int64_t>(highest);
    if (is_signed && one_in(4)) number = -number - (one_in(4) ? 1 : 0);
    [[maybe_unused]] const bool fits = store_int(type, at, number);
  }

  void enumerator(const TypeInfo& type, void* at) {
    if (type.enum_names.empty()) return;
    const EnumName& name = type.enum_names[random_.below(type.enum_names.size())];
    [[maybe_unused]] const bool fits = store_int(type, at, name.value);
  }

  // Never whole.
  double real() {
    const auto whole = static_cast<double>(random_.below(1000)) - 500;
    return whole + 0.5 / static_cast<double>(1 + random_.below(100));
  }

  std::string string() {
    static constexpr std::array<std::string_view, 22> kPieces = {
        "a",  "B", "web", "redis", "0",   "9",    "-", "_", ".",      "/",          " ",
        "\"", "'", "\\",  "\n",    "<&>", "${x}", "é", "€", "\u2028", "\U0001F600", std::string_view("\0", 1)};
    std::string text;
    for (size_t i = random_.below(limits_.max_string + 1); i > 0; --i) text += kPieces[random_.below(kPieces.size())];
    return text;
  }

  std::string bytes() {
    std::string text;
    for (size_t i = random_.below(limits_.max_string + 1); i > 0; --i) text += static_cast<char>(random_.next());
    return text;
  }

  Value value(uint32_t depth) {
    switch (random_.below(depth > limits_.max_depth ? 4 : 6)) {
      case 0:
        return one_in(2);
      case 1:
        return static_cast<int64_t>(random_.next());
      case 2:
        return real();
      case 3:
        return string();
      case 4: {
        Value::Array array;
        for (size_t i = random_.below(limits_.max_elements + 1); i > 0; --i) array.push_back(value(depth + 1));
        return array;
      }
      default: {
        Value object(Value::Object{});
        for (size_t i = random_.below(limits_.max_elements + 1); i > 0; --i) object.set(string(), value(depth + 1));
        return object;
      }
    }
  }

  bool one_in(uint64_t n) { return random_.below(n) == 0; }

  Random& random_;
  const RandomLimits& limits_;
};

}  // namespace

void randomize(const TypeInfo& type, void* object, Random& random, const RandomLimits& limits) {
  Generator(random, limits).fill(type, object, 0);
}

}  // namespace drover::codec
