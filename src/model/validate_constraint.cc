#include "base/strings.h"
#include "model/constraint_match.h"
#include "model/validate_parts.h"

namespace drover::model {
namespace {

void validate_versions(const std::string& list, VersionScheme scheme, const Problems& problems) {
  const auto parsed = VersionConstraint::parse(list, scheme);
  if (!parsed) problems.error("{}", parsed.error().message());
}

void validate_regexp(const std::string& pattern, const Problems& problems) {
  const auto checked = check_regexp(pattern);
  if (!checked) problems.error("{}", checked.error().message());
}

void validate_distinct(const Constraint& constraint, ConstraintLevel level, const Problems& problems) {
  if (level == ConstraintLevel::Task) {
    return problems.at("Operand").error("{} is possible in a job or group only, not in a task", constraint.operand);
  }
  if (constraint.operand == "distinct_hosts") return;
  if (constraint.ltarget.empty()) problems.at("LTarget").error("distinct_property must name a property");
  if (constraint.rtarget.empty()) return;
  const auto limit = parse_uint(constraint.rtarget);
  if (!limit || *limit == 0) {
    problems.at("RTarget").error("the value of distinct_property must be a number from 1 on, not \"{}\"",
                                 printable(constraint.rtarget, 80));
  }
}

void validate_value(const Constraint& constraint, Operator op, const Problems& problems) {
  const Problems place = problems.at("RTarget");
  if (op == Operator::IsSet || op == Operator::IsNotSet) {
    if (!constraint.rtarget.empty()) {
      place.error("{} takes no value, but \"{}\" is given", constraint.operand, printable(constraint.rtarget, 80));
    }
    return;
  }
  if (constraint.rtarget.empty())
    return place.error("the value to compare \"{}\" with is missing", printable(constraint.ltarget, 80));
  // Another attribute of the node: its value is not known here.
  if (constraint.rtarget.find("${") != std::string::npos) return;
  if (op == Operator::Regexp) validate_regexp(constraint.rtarget, place);
  if (op == Operator::Version) validate_versions(constraint.rtarget, VersionScheme::Loose, place);
  if (op == Operator::Semver) validate_versions(constraint.rtarget, VersionScheme::Semver, place);
  if (is_ordering(op) && parse_double(constraint.rtarget)) {
    place.warning(
        "{0} compares texts, so that \"9\" is greater than \"10\"; for numbers and versions use version = \"{0} {1}\"",
        constraint.operand, constraint.rtarget);
  }
}

void validate_constraint(const Constraint& constraint, ConstraintLevel level, const Problems& problems) {
  const auto op = find_operator(constraint.operand);
  if (!op) {
    const std::vector<std::string> names(operator_names().begin(), operator_names().end());
    const auto nearest = nearest_name(constraint.operand, names);
    return problems.at("Operand").error("unknown operator \"{}\"{}", printable(constraint.operand, 80),
                                        nearest ? ", did you mean \"" + *nearest + "\"?" : "");
  }
  if (*op == Operator::DistinctHosts || *op == Operator::DistinctProperty) {
    return validate_distinct(constraint, level, problems);
  }
  if (constraint.ltarget.empty()) problems.at("LTarget").error("the attribute of the constraint is missing");
  validate_value(constraint, *op, problems);
}

}  // namespace

void validate_constraints(std::span<const Constraint> constraints, ConstraintLevel level, const Problems& problems) {
  for (size_t i = 0; i < constraints.size(); ++i) validate_constraint(constraints[i], level, problems.element(i));
}

}  // namespace drover::model
