#pragma once

#include "codec/fwd.h"

#include <cstdint>
#include <string>
#include <vector>

namespace drover::model {

// A requirement on a node (001 "Constraint", facts 1.7). Operands: = == is != not < <= > >= regexp version semver
// set_contains set_contains_all set_contains_any is_set is_not_set distinct_hosts distinct_property.
struct Constraint {
  std::string ltarget;
  std::string rtarget;
  std::string operand = "=";

  friend bool operator==(const Constraint&, const Constraint&) = default;
};
void describe(codec::StructBuilder& d, Constraint& r);

// "<ltarget> <operand> <rtarget>", the key under which a failed placement counts the nodes that it excluded.
std::string to_string(const Constraint& constraint);

// A preference for nodes, or with a negative weight against them (facts 1.7). The operands are a constraint's, without
// the distinct ones.
struct Affinity {
  std::string ltarget;
  std::string rtarget;
  std::string operand = "=";
  int32_t weight = 50;  // -100 to 100, not 0

  friend bool operator==(const Affinity&, const Affinity&) = default;
};
void describe(codec::StructBuilder& d, Affinity& r);

// The share of a group's allocations that nodes with one value of the attribute should get.
struct SpreadTarget {
  std::string value;
  int32_t percent = 0;

  friend bool operator==(const SpreadTarget&, const SpreadTarget&) = default;
};
void describe(codec::StructBuilder& d, SpreadTarget& r);

// Distribution over the values of an attribute: as the targets say, evenly without any (facts 1.7).
struct Spread {
  std::string attribute;
  int32_t weight = 50;  // 1 to 100
  std::vector<SpreadTarget> targets;

  friend bool operator==(const Spread&, const Spread&) = default;
};
void describe(codec::StructBuilder& d, Spread& r);

}  // namespace drover::model
