#include "sched/constraint_check.h"

#include "model/interpolate.h"

namespace drover::sched {

ConstraintCheck::ConstraintCheck(const model::Constraint& constraint)
    : constraint_(constraint),
      name_(to_string(constraint)),
      escapes_(model::is_unique_target(constraint.ltarget) || model::is_unique_target(constraint.rtarget)),
      op_(model::find_operator(constraint.operand)) {}

bool ConstraintCheck::matches(const model::Node& node) const {
  if (!op_) return false;
  const auto left = model::resolve_node_target(constraint_.ltarget, node);
  const auto right = model::resolve_node_target(constraint_.rtarget, node);
  return model::matches(*op_, left, right, cache_);
}

}  // namespace drover::sched
