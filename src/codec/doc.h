#pragma once

#include "codec/fwd.h"
#include "codec/type_info.h"

#include <string>

namespace drover::codec {

// The fields of a described struct as a Markdown table: JSON name, HCL name, type, default, description.
std::string field_table(const TypeInfo& type);

template <class T>
std::string field_table() {
  return field_table(type_of<T>());
}

}  // namespace drover::codec
