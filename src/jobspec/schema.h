#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/type_info.h"

// Which keys a job specification has, by their names in HCL and in JSON: those of the model's descriptors, and those
// that Nomad has and this version of Drover does not run.
namespace drover::jobspec {

enum class Shape : uint8_t {
  String,
  Integer,
  Number,
  Bool,
  Duration,
  Strings,     // list of strings
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

// A key that Nomad's job specification has and the model does not, one line each.
struct ForeignKey {
  std::string_view schema;
  std::string_view hcl;
  std::string_view json;
  Shape shape = Shape::String;
  std::string_view block = {};
  std::string_view inert = {};
};
std::span<const ForeignKey> foreign_keys();

}  // namespace drover::jobspec
