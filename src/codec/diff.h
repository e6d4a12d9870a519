#pragma once

#include "codec/fwd.h"
#include "codec/type_info.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What `job plan` shows: the difference of two objects as a tree in the shape of Nomad's JobDiff.
namespace drover::codec {

enum class DiffType : uint8_t { None, Added, Deleted, Edited };
std::span<const EnumName> enum_names(DiffType);

struct FieldDiff {
  DiffType type = DiffType::None;
  std::string name;
  std::string old_value;  // "" if there is none
  std::string new_value;
  std::vector<std::string> annotations;
  // Not part of the JSON: the flags of the field, with kDestructive and kSecret of the fields it is below.
  uint32_t flags = 0;
};

struct ObjectDiff {
  DiffType type = DiffType::None;
  std::string name;
  std::vector<FieldDiff> fields;    // by name
  std::vector<ObjectDiff> objects;  // in order of description; list elements by label, or the added before the deleted
  std::vector<std::string> annotations;
  // Not part of the JSON, for reshaping: the JSON name of the field that holds this object, the label (or map key) that
  // tells it from its siblings, and flags as in FieldDiff.
  std::string field;
  std::string label;
  uint32_t flags = 0;
};

void describe(StructBuilder& d, FieldDiff& f);
void describe(StructBuilder& d, ObjectDiff& o);

struct DiffOptions {
  bool contextual = false;  // also what did not change
};

// Compares two described structs; null stands for "there is none". kReadOnly and kNoDiff fields are left out, kSecret
// values are "<redacted>". In the tree
//  - scalars are fields under their JSON name, durations in nanoseconds; entries of a map of scalars are `Env[KEY]`;
//  - a nested struct is an object named after its field, an element of a list is named after its struct ("Constraint")
//    and paired by its kLabel or Name field, or else by equality; an element of a map is `Volumes[key]`;
//  - a list of scalars is an object with one field an element, compared as a set (by position if only the order
//    differs); a Value is an object with fields such as `port_map[0][db]`.
ObjectDiff diff(std::string_view name, const TypeInfo& type, const void* before, const void* after,
                const DiffOptions& options = {});

template <class T>
ObjectDiff diff(std::string_view name, const T* before, const T* after, const DiffOptions& options = {}) {
  return diff(name, type_of<T>(), before, after, options);
}

}  // namespace drover::codec
