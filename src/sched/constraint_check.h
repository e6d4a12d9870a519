#pragma once

#include "model/constraint.h"
#include "model/constraint_match.h"
#include "model/node.h"

#include <optional>
#include <string>

namespace drover::sched {

// A constraint made ready for checking many nodes: expressions and versions are compiled once. Used by one thread.
// distinct_hosts and distinct_property are no properties of a node alone and are not checked here.
class ConstraintCheck {
 public:
  explicit ConstraintCheck(const model::Constraint& constraint);

  bool matches(const model::Node& node) const;

  // "${attr.kernel.name} = windows": the key under which an AllocMetric counts what this filters.
  const std::string& name() const { return name_; }
  // Whether it may tell nodes of one computed class apart.
  bool escapes() const { return escapes_; }

 private:
  model::Constraint constraint_;
  std::string name_;
  bool escapes_;
  std::optional<model::Operator> op_;  // validate() lets no constraint without one through
  mutable model::MatchCache cache_;
};

}  // namespace drover::sched
