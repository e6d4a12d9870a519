#pragma once

#include "codec/fwd.h"
#include "codec/type_info.h"

#include <cstdint>

namespace drover::codec {

// Which fields count. skip_flags: fields with any of these do not. only_flags: of all fields only those with any of
// these count, at any depth, with everything below them; if one object has more list or map entries than the other,
// that counts when such a field can be inside.
struct FieldFilter {
  uint32_t skip_flags = 0;
  uint32_t only_flags = 0;
};

// Deep equality of two objects of one described type.
bool equal(const TypeInfo& type, const void* a, const void* b, const FieldFilter& filter = {});

// Deep copy: `*to = *from`.
void copy(const TypeInfo& type, void* to, const void* from);

template <class T>
bool equal(const T& a, const T& b, const FieldFilter& filter = {}) {
  return equal(type_of<T>(), &a, &b, filter);
}

}  // namespace drover::codec
