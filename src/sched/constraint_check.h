#pragma once

#include "model/constraint.h"
#include "model/node.h"
#include "model/version.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace drover::sched {

// What a constraint's target is on a node (facts 1.7): a literal stands for itself, "${…}" for a property of the node;
// nothing if the node has no such property or there is no such variable.
std::optional<std::string> resolve_target(const std::string& target, const model::Node& node);

// Whether a target looks at something that differs between nodes of one computed class.
bool escapes_class(const model::Constraint& constraint);

// A constraint made ready for checking many nodes: expressions and versions are compiled once. distinct_hosts and
// distinct_property are no properties of a node alone and are not checked here.
class ConstraintCheck {
 public:
  explicit ConstraintCheck(const model::Constraint& constraint);
  ~ConstraintCheck();
  ConstraintCheck(ConstraintCheck&&) noexcept;

  bool matches(const model::Node& node) const;

  // "${attr.kernel.name} = windows": the key under which an AllocMetric counts what this filters.
  const std::string& name() const { return name_; }
  bool escapes() const { return escapes_; }

 private:
  struct Compiled;
  bool holds(const std::string& left, const std::string& right) const;

  model::Constraint constraint_;
  std::string name_;
  bool escapes_;
  std::unique_ptr<Compiled> compiled_;  // of a literal right side
};

}  // namespace drover::sched
