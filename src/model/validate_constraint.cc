#include <algorithm>
#include <array>

#include <re2/re2.h>

#include "base/strings.h"
#include "model/validate_parts.h"

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

// "1.2.3-beta.1+meta", with or without "v".
bool is_version(std::string_view text, bool strict) {
  static const RE2 kVersion(R"(v?[0-9]+(\.[0-9]+)*(-?[0-9A-Za-z~-]+(\.[0-9A-Za-z~-]+)*)?(\+[0-9A-Za-z~.-]+)?)");
  static const RE2 kSemver(R"([0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z.-]+)?)");
  static const RE2 kSemverPart(R"([0-9]+(\.[0-9]+){0,2}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?)");
  const re2::StringPiece piece(text.data(), text.size());
  return strict ? RE2::FullMatch(piece, kSemver) || RE2::FullMatch(piece, kSemverPart)
                : RE2::FullMatch(piece, kVersion);
}

// ">= 1.2, < 2.0", each with one operator or none; `~>` only where it exists.
void validate_versions(const std::string& list, bool semver, const Problems& problems) {
  for (const std::string& item : split(list, ',')) {
    std::string_view version = trim(item);
    for (const std::string_view op : {">=", "<=", "!=", "~>", ">", "<", "="}) {
      if (!version.starts_with(op) || (semver && op == "~>")) continue;
      version = trim(version.substr(op.size()));
      break;
    }
    if (is_version(version, semver)) continue;
    return problems.error("\"{}\" is no {} constraint, such as \">= 1.2, < 2.0\"", printable(trim(item), 80),
                          semver ? "semver" : "version");
  }
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
  if (op == "version") validate_versions(constraint.rtarget, false, place);
  if (op == "semver") validate_versions(constraint.rtarget, true, place);
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
