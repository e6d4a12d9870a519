#pragma once

#include "codec/fwd.h"
#include "codec/type_info.h"
#include "codec/value.h"

#include "base/boxed.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/flat_map.h"
#include "base/shared_string.h"
#include "base/slim_vector.h"
#include "base/strong.h"
#include "base/uuid.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

// Include this only where types are described (*_desc.cc) or a codec is called with a concrete type (through
// codec/json.h and its siblings).
//
// To describe a struct, declare beside it
//     void describe(codec::StructBuilder& d, Resources& r);
// and define in a *_desc.cc
//     void describe(codec::StructBuilder& d, Resources& r) {
//       auto& [cpu, memory_mb] = r;   // a member that is not listed does not compile
//       d.name("Resources");
//       d.field(1, cpu, "CPU").hcl("cpu").doc("CPU share in MHz");
//       d.field(2, memory_mb, "MemoryMB").hcl("memory").flags(kDestructive);
//     }
// Defaults are the member initialisers. An enum class E is described by
//     std::span<const codec::EnumName> enum_names(E);
namespace drover::codec {

class StructBuilder {
 public:
  StructBuilder(StructInfo& info, const void* probe) : info_(info), probe_(static_cast<const std::byte*>(probe)) {}

  StructBuilder& name(const char* name) {
    info_.name = name;
    return *this;
  }

  // `member` REQUIRES to be a member of the struct being described. `number` is stable for ever.
  template <class T>
  Field& field(uint32_t number, const T& member, const char* json) {
    Field field{.number = number, .json = json};
    field.offset = static_cast<size_t>(reinterpret_cast<const std::byte*>(&member) - probe_);
    field.type = &type_of<T>();
    return add(field);
  }

  // A number that an older version used; never to be given to another field.
  void retired(uint32_t number, const char* json);

 private:
  Field& add(const Field& field);

  StructInfo& info_;
  const std::byte* probe_;
};

namespace detail {

template <class T>
struct IsStrongString : std::false_type {};
template <class T>
  requires std::is_base_of_v<StrongString<T>, T>
struct IsStrongString<T> : std::true_type {};

template <class T>
struct IsStrongUuid : std::false_type {};
template <class Tag>
struct IsStrongUuid<StrongUuid<Tag>> : std::true_type {};

template <class T>
struct ContainerOf {
  static constexpr Kind kind = Kind::Struct;
};
template <class T>
struct ContainerOf<std::optional<T>> {
  static constexpr Kind kind = Kind::Optional;
  using Element = T;
};
template <class T>
struct ContainerOf<std::shared_ptr<const T>> {
  static constexpr Kind kind = Kind::Optional;
  using Element = T;
};
template <class T>
struct ContainerOf<Boxed<T>> : ContainerOf<T> {};
template <class T>
struct ContainerOf<std::vector<T>> {
  static constexpr Kind kind = Kind::Vector;
  using Element = T;
};
template <class T>
struct ContainerOf<SlimVector<T>> : ContainerOf<std::vector<T>> {};
template <class T>
struct ContainerOf<FlatMap<T>> {
  static constexpr Kind kind = Kind::Map;
  using Element = T;
};
template <class T>
struct ContainerOf<std::map<std::string, T, std::less<>>> {
  static constexpr Kind kind = Kind::Map;
  using Element = T;
};
template <class T>
struct ContainerOf<std::map<std::string, T>> {
  static constexpr Kind kind = Kind::Map;
  using Element = T;
};

template <class T>
const StructInfo& struct_info() {
  // Built on first use and never destroyed: codecs may run until the process ends.
  static const StructInfo* info = [] {
    auto* made = new StructInfo;
    auto* probe = new T;
    made->size = sizeof(T);
    made->defaults = probe;
    made->create = []() -> void* { return new T; };
    made->destroy = [](void* object) { delete static_cast<T*>(object); };
    made->assign = [](void* to, const void* from) { *static_cast<T*>(to) = *static_cast<const T*>(from); };
    StructBuilder builder(*made, probe);
    describe(builder, *probe);
    return made;
  }();
  return *info;
}

template <class T>
void clear(void* at) {
  static_cast<T*>(at)->clear();
}

template <class T>
TypeInfo optional_info() {
  using Element = typename ContainerOf<T>::Element;
  TypeInfo info{.kind = Kind::Optional, .size = sizeof(T), .element = &type_of<Element>};
  info.optional_get = [](const void* at) -> const void* {
    const auto& optional = *static_cast<const T*>(at);
    return optional ? &*optional : nullptr;
  };
  if constexpr (std::is_same_v<T, std::shared_ptr<const Element>>) {
    // Nobody else has the new value yet: it may be filled in.
    info.optional_emplace = [](void* at) -> void* {
      auto made = std::make_shared<Element>();
      *static_cast<T*>(at) = made;
      return made.get();
    };
    info.optional_share = [](void* at, const std::shared_ptr<const void>& value) {
      *static_cast<T*>(at) = std::static_pointer_cast<const Element>(value);
    };
    info.optional_shared = [](const void* at) -> std::shared_ptr<const void> { return *static_cast<const T*>(at); };
  } else {
    info.optional_emplace = [](void* at) -> void* { return &static_cast<T*>(at)->emplace(); };
  }
  info.optional_reset = [](void* at) { static_cast<T*>(at)->reset(); };
  info.clear = info.optional_reset;
  return info;
}

template <class T>
TypeInfo vector_info() {
  using Element = typename ContainerOf<T>::Element;
  static_assert(!std::is_same_v<Element, bool>, "std::vector<bool> has no addressable elements");
  TypeInfo info{.kind = Kind::Vector, .size = sizeof(T), .element = &type_of<Element>};
  info.vector_size = [](const void* at) { return static_cast<const T*>(at)->size(); };
  info.vector_at = [](const void* at, size_t i) -> const void* { return &(*static_cast<const T*>(at))[i]; };
  info.vector_append = [](void* at) -> void* { return &static_cast<T*>(at)->emplace_back(); };
  info.clear = &clear<T>;
  return info;
}

template <class T>
TypeInfo map_info() {
  using Element = typename ContainerOf<T>::Element;
  TypeInfo info{.kind = Kind::Map, .size = sizeof(T), .element = &type_of<Element>};
  info.map_size = [](const void* at) { return static_cast<const T*>(at)->size(); };
  info.map_visit = [](const void* at, void* context, MapVisitor visit) {
    for (const auto& [key, value] : *static_cast<const T*>(at)) visit(context, key, &value);
  };
  info.map_find = [](const void* at, std::string_view key) -> const void* {
    const auto& map = *static_cast<const T*>(at);
    const auto found = map.find(std::string(key));
    return found == map.end() ? nullptr : &found->second;
  };
  info.map_insert = [](void* at, std::string_view key) -> void* {
    auto& value = (*static_cast<T*>(at))[std::string(key)];
    value = Element();
    return &value;
  };
  info.clear = &clear<T>;
  return info;
}

template <class T>
TypeInfo make_type_info() {
  TypeInfo info{
      .kind = Kind::Struct, .width = sizeof(T) <= 8 ? static_cast<uint8_t>(sizeof(T)) : uint8_t{0}, .size = sizeof(T)};
  if constexpr (std::is_same_v<T, bool>) {
    info.kind = Kind::Bool;
  } else if constexpr (std::is_same_v<T, double>) {
    info.kind = Kind::Float;
  } else if constexpr (std::is_integral_v<T>) {
    info.kind = std::is_signed_v<T> ? Kind::Int : Kind::Uint;
  } else if constexpr (std::is_same_v<T, WallTime>) {
    info.kind = Kind::Int;
  } else if constexpr (std::is_same_v<T, Duration>) {
    info.kind = Kind::Duration;
  } else if constexpr (std::is_enum_v<T>) {
    info.kind = Kind::Enum;
    info.enum_names = enum_names(T{});
  } else if constexpr (std::is_same_v<T, std::string> || IsStrongString<T>::value) {
    static_assert(sizeof(T) == sizeof(std::string));
    info.kind = Kind::String;
    info.clear = [](void* at) { static_cast<std::string*>(at)->clear(); };
  } else if constexpr (std::is_same_v<T, SharedString>) {
    info.kind = Kind::String;
    info.shared_text = true;
    info.clear = [](void* at) { static_cast<SharedString*>(at)->clear(); };
  } else if constexpr (std::is_same_v<T, Uuid> || IsStrongUuid<T>::value) {
    static_assert(sizeof(T) == sizeof(Uuid));
    info.kind = Kind::Uuid;
  } else if constexpr (std::is_same_v<T, Bytes>) {
    info.kind = Kind::Bytes;
  } else if constexpr (std::is_same_v<T, Value>) {
    info.kind = Kind::Value;
    info.clear = [](void* at) { *static_cast<Value*>(at) = Value(); };
  } else if constexpr (ContainerOf<T>::kind == Kind::Optional) {
    return optional_info<T>();
  } else if constexpr (ContainerOf<T>::kind == Kind::Vector) {
    return vector_info<T>();
  } else if constexpr (ContainerOf<T>::kind == Kind::Map) {
    return map_info<T>();
  } else {
    info.fields = &struct_info<T>;
  }
  return info;
}

}  // namespace detail

template <class T>
const TypeInfo& type_of() {
  static const TypeInfo info = detail::make_type_info<T>();
  return info;
}

}  // namespace drover::codec
