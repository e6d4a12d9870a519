#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codec/type_info.h"

// Which keys a job specification has, by their names in HCL and in JSON: those of the model's descriptors, and the few
// that only HCL has.
namespace drover::jobspec {

enum class Shape : uint8_t {
  String,
  Integer,
  Number,
  Bool,
  Duration,
  Strings,     // list of strings
  Integers,    // list of whole numbers
  StringMap,   // name → string
  StringsMap,  // name → list of strings
  Any,         // opaque: an attribute or a block with any keys
  Label,       // the label of the block
  Block,       // at most one block
  Blocks,      // a block for each element of a list
  BlockMap,    // a labelled block for each entry of a map
};

struct Schema;

struct Key {
  std::string_view hcl;   // empty: not in HCL
  std::string_view json;  // empty: read, but not part of the tree
  Shape shape = Shape::String;
  const Schema* block = nullptr;  // Block, Blocks, BlockMap
  bool supported = true;
  std::string_view inert = {};  // unsupported: values that mean what Drover does anyway, separated by '|'
};

struct Schema {
  std::string_view name;  // as the struct's: "TaskGroup"
  std::vector<Key> keys;

  const Key* by_hcl(std::string_view name) const;
  const Key* by_json(std::string_view name) const;  // ignoring case
  const Key* label() const;
  std::vector<std::string> hcl_names() const;
  std::vector<std::string> json_names() const;
};

// The schema of a job; all others hang below it.
const Schema& job_schema();

}  // namespace drover::jobspec
