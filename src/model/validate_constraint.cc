#include <algorithm>
#include <array>

#include <re2/re2.h>

#include "base/strings.h"
#include "model/validate_parts.h"
#include "model/version.h"

namespace drover::model {
namespace {

constexpr std::array<std::string_view, 19> kOperands = {"=",
                                                        "==",
                                                        "is",
                                                        "!=",
                                                        "not",
                                                        "<",
                                                        "<=",
                                                        ">",
                                                        ">=",
                                                        "regexp",
                                                        "version",
                                                        "semver",
                                                        "is_set",
                                                        "is_not_set",
                                                        "set_contains",
                                                        "set_contains_all",
                                                        "set_contains_any",
                                                        "distinct_hosts",
                                                        "distinct_property"};
constexpr int64_t kMaxRegexpMemory = int64_t{1} << 20;
constexpr size_t kMaxRegexpLength = 4096;

bool is_any(std::string_view text, std::initializer_list<std::string_view> of) {
  return std::ranges::find(of, text) != of.end();
}

void validate_versions(const std::string& list, VersionScheme scheme, const Problems& problems) {
  const auto parsed = VersionConstraint::parse(list, scheme);
  if (!parsed) problems.error("{}", parsed.error().message());
}

void validate_regexp(const std::string& pattern, const Problems& problems) {
  if (pattern.size() > kMaxRegexpLength) {
    return problems.error("the regular expression is {} bytes long, at most {} are allowed", pattern.size(),
                          kMaxRegexpLength);
  }
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxRegexpMemory);
  const RE2 regexp(pattern, options);
  if (!regexp.ok()) {
    problems.error("\"{}\" is no regular expression: {}", printable(pattern, 80), printable(regexp.error(), 120));
  }
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

void validate_value(const Constraint& constraint, const Problems& problems) {
  const std::string& op = constraint.operand;
  const Problems place = problems.at("RTarget");
  if (is_any(op, {"is_set", "is_not_set"})) {
    if (!constraint.rtarget.empty())
      place.error("{} takes no value, but \"{}\" is given", op, printable(constraint.rtarget, 80));
    return;
  }
  if (constraint.rtarget.empty())
    return place.error("the value to compare \"{}\" with is missing", printable(constraint.ltarget, 80));
  // Another attribute of the node: its value is not known here.
  if (constraint.rtarget.find("${") != std::string::npos) return;
  if (op == "regexp") validate_regexp(constraint.rtarget, place);
  if (op == "version") validate_versions(constraint.rtarget, VersionScheme::Loose, place);
  if (op == "semver") validate_versions(constraint.rtarget, VersionScheme::Semver, place);
  if (is_any(op, {"<", "<=", ">", ">="}) && parse_double(constraint.rtarget)) {
    place.warning(
        "{} compares texts, so that \"9\" is greater than \"10\"; for numbers and versions use version = \"{} {}\"", op,
        op, constraint.rtarget);
  }
}

void validate_constraint(const Constraint& constraint, ConstraintLevel level, const Problems& problems) {
  const std::string& op = constraint.operand;
  if (std::ranges::find(kOperands, op) == kOperands.end()) {
    const std::vector<std::string> names(kOperands.begin(), kOperands.end());
    const auto nearest = nearest_name(op, names);
    return problems.at("Operand").error("unknown operator \"{}\"{}", printable(op, 80),
                                        nearest ? ", did you mean \"" + *nearest + "\"?" : "");
  }
  if (op.starts_with("distinct_")) return validate_distinct(constraint, level, problems);
  if (constraint.ltarget.empty()) problems.at("LTarget").error("the attribute of the constraint is missing");
  validate_value(constraint, problems);
}

}  // namespace

void validate_constraints(std::span<const Constraint> constraints, ConstraintLevel level, const Problems& problems) {
  for (size_t i = 0; i < constraints.size(); ++i) validate_constraint(constraints[i], level, problems.element(i));
}

}  // namespace drover::model
