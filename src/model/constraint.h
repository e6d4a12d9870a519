#pragma once

#include "codec/fwd.h"

#include <string>

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

}  // namespace drover::model
