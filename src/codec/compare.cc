#include "codec/compare.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/check.h"
#include "base/shared_string.h"
#include "base/uuid.h"
#include "codec/value.h"

namespace drover::codec {
namespace {

class Comparison {
 public:
  explicit Comparison(const FieldFilter& filter) : filter_(filter) {}

  // `counts`: false outside of what only_flags selects.
  bool equal(const TypeInfo& type, const void* a, const void* b, bool counts) {
    switch (type.kind) {
      case Kind::Struct:
        return structures(type.fields(), a, b, counts);
      case Kind::Optional:
        return optionals(type, a, b, counts);
      case Kind::Vector:
        return vectors(type, a, b, counts);
      case Kind::Map:
        return maps(type, a, b, counts);
      default:
        return !counts || scalars(type, a, b);
    }
  }

 private:
  bool structures(const StructInfo& info, const void* a, const void* b, bool counts) {
    return std::ranges::all_of(info.fields, [&](const Field& field) {
      if (field.flag_bits & filter_.skip_flags) return true;
      const bool selected = counts || (field.flag_bits & filter_.only_flags) != 0;
      return equal(*field.type, field.in(a), field.in(b), selected);
    });
  }

  bool optionals(const TypeInfo& type, const void* a, const void* b, bool counts) {
    const void* in_a = type.optional_get(a);
    const void* in_b = type.optional_get(b);
    if (in_a && in_b) return equal(type.element(), in_a, in_b, counts);
    return in_a == in_b || !(counts || selects_below(type.element()));
  }

  bool vectors(const TypeInfo& type, const void* a, const void* b, bool counts) {
    const size_t size = type.vector_size(a);
    const TypeInfo& element = type.element();
    if (size != type.vector_size(b)) return !(counts || selects_below(element));
    for (size_t i = 0; i < size; ++i) {
      if (!equal(element, type.vector_at(a, i), type.vector_at(b, i), counts)) return false;
    }
    return true;
  }

  bool maps(const TypeInfo& type, const void* a, const void* b, bool counts) {
    if (type.map_size(a) != type.map_size(b)) return !(counts || selects_below(type.element()));
    struct Visit {
      Comparison& comparison;
      const TypeInfo& type;
      const void* other;
      bool counts;
      bool same = true;
    } visit{*this, type, b, counts};
    type.map_visit(a, &visit, [](void* state, const std::string& key, const void* value) {
      auto& [comparison, map, other, counted, same] = *static_cast<Visit*>(state);
      if (!same) return;
      const void* counterpart = map.map_find(other, key);
      same = counterpart ? comparison.equal(map.element(), value, counterpart, counted)
                         : !(counted || comparison.selects_below(map.element()));
    });
    return visit.same;
  }

  // Whether a field that only_flags selects can be inside an object of this type.
  bool selects_below(const TypeInfo& type) {
    if (type.kind == Kind::Optional || type.kind == Kind::Vector || type.kind == Kind::Map) {
      return selects_below(type.element());
    }
    if (type.kind != Kind::Struct) return false;
    const StructInfo* info = &type.fields();
    if (std::ranges::find(visited_, info) != visited_.end()) return false;
    visited_.push_back(info);
    const bool selects = std::ranges::any_of(info->fields, [&](const Field& field) {
      if (field.flag_bits & filter_.skip_flags) return false;
      return (field.flag_bits & filter_.only_flags) != 0 || selects_below(*field.type);
    });
    visited_.pop_back();
    return selects;
  }

  static bool scalars(const TypeInfo& type, const void* a, const void* b) {
    switch (type.kind) {
      case Kind::Bool:
        return *static_cast<const bool*>(a) == *static_cast<const bool*>(b);
      case Kind::Float: {
        const double x = *static_cast<const double*>(a), y = *static_cast<const double*>(b);
        return x == y || (std::isnan(x) && std::isnan(y));
      }
      case Kind::String:
        return load_text(type, a) == load_text(type, b);
      case Kind::Bytes:
        return *static_cast<const Bytes*>(a) == *static_cast<const Bytes*>(b);
      case Kind::Uuid:
        return *static_cast<const Uuid*>(a) == *static_cast<const Uuid*>(b);
      case Kind::Value:
        return *static_cast<const Value*>(a) == *static_cast<const Value*>(b);
      default:
        return load_int(type, a) == load_int(type, b);
    }
  }

  const FieldFilter& filter_;
  std::vector<const StructInfo*> visited_;  // the structs that selects_below() is inside of
};

void copy_scalar(const TypeInfo& type, void* to, const void* from) {
  switch (type.kind) {
    case Kind::Bool:
      *static_cast<bool*>(to) = *static_cast<const bool*>(from);
      break;
    case Kind::Float:
      *static_cast<double*>(to) = *static_cast<const double*>(from);
      break;
    case Kind::String:
      if (type.shared_text) {
        *static_cast<SharedString*>(to) = *static_cast<const SharedString*>(from);
      } else {
        *static_cast<std::string*>(to) = *static_cast<const std::string*>(from);
      }
      break;
    case Kind::Bytes:
      *static_cast<Bytes*>(to) = *static_cast<const Bytes*>(from);
      break;
    case Kind::Uuid:
      *static_cast<Uuid*>(to) = *static_cast<const Uuid*>(from);
      break;
    case Kind::Value:
      *static_cast<Value*>(to) = *static_cast<const Value*>(from);
      break;
    default:
      CHECK(store_int(type, to, load_int(type, from)), "a value fits its own type");
  }
}

void copy_vector(const TypeInfo& type, void* to, const void* from) {
  type.clear(to);
  for (size_t i = 0; i < type.vector_size(from); ++i)
    copy(type.element(), type.vector_append(to), type.vector_at(from, i));
}

void copy_map(const TypeInfo& type, void* to, const void* from) {
  struct Visit {
    const TypeInfo& type;
    void* to;
  } visit{type, to};
  type.clear(to);
  type.map_visit(from, &visit, [](void* state, const std::string& key, const void* value) {
    const auto& [map, target] = *static_cast<Visit*>(state);
    copy(map.element(), map.map_insert(target, key), value);
  });
}

}  // namespace

bool equal(const TypeInfo& type, const void* a, const void* b, const FieldFilter& filter) {
  return Comparison(filter).equal(type, a, b, filter.only_flags == 0);
}

void copy(const TypeInfo& type, void* to, const void* from) {
  if (to == from) return;
  switch (type.kind) {
    case Kind::Struct:
      type.fields().assign(to, from);
      break;
    case Kind::Optional:
      if (const void* inner = type.optional_get(from)) {
        copy(type.element(), type.optional_emplace(to), inner);
      } else {
        type.optional_reset(to);
      }
      break;
    case Kind::Vector:
      copy_vector(type, to, from);
      break;
    case Kind::Map:
      copy_map(type, to, from);
      break;
    default:
      copy_scalar(type, to, from);
  }
}

}  // namespace drover::codec
