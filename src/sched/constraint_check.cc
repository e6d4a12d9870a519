#include "sched/constraint_check.h"

#include <algorithm>
#include <set>

#include <re2/re2.h>

#include "base/strings.h"

namespace drover::sched {
namespace {

constexpr int64_t kRegexMemory = 8 << 20;

std::optional<std::string> lookup(const std::map<std::string, std::string>& map, std::string_view key) {
  const auto found = map.find(std::string(key));
  if (found == map.end()) return std::nullopt;
  return found->second;
}

std::set<std::string> as_set(std::string_view list) {
  std::set<std::string> set;
  for (const std::string& item : split(list, ',')) set.emplace(trim(item));
  return set;
}

bool contains_all(std::string_view have, std::string_view want) {
  const auto set = as_set(have), wanted = as_set(want);
  return std::includes(set.begin(), set.end(), wanted.begin(), wanted.end());
}

bool contains_any(std::string_view have, std::string_view want) {
  const auto set = as_set(have);
  const auto wanted = as_set(want);
  return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& item) { return set.count(item) > 0; });
}

std::optional<model::VersionScheme> scheme_of(const std::string& operand) {
  if (operand == "version") return model::VersionScheme::Loose;
  if (operand == "semver") return model::VersionScheme::Semver;
  return std::nullopt;
}

bool version_matches(const model::VersionConstraint& constraint, const std::string& text) {
  const auto version = constraint.scheme() == model::VersionScheme::Semver ? model::Version::parse_semver(text)
                                                                           : model::Version::parse(text);
  return version && constraint.matches(*version);
}

}  // namespace

std::optional<std::string> resolve_target(const std::string& target, const model::Node& node) {
  if (!target.starts_with("${")) return target;
  if (!target.ends_with("}")) return std::nullopt;
  const std::string_view name = std::string_view(target).substr(2, target.size() - 3);
  if (name == "node.unique.id") return node.id.str();
  if (name == "node.unique.name") return node.name;
  if (name == "node.datacenter") return node.datacenter;
  if (name == "node.class" || name == "nomad.class") return node.node_class;  // design.md section 7
  if (name == "node.pool") return node.node_pool;
  if (name.starts_with("attr.")) return lookup(node.attributes, name.substr(5));
  if (name.starts_with("meta.")) return lookup(node.meta, name.substr(5));
  return std::nullopt;
}

bool escapes_class(const model::Constraint& constraint) {
  const auto unique = [](const std::string& target) {
    return target.starts_with("${") && target.find("unique.") != std::string::npos;
  };
  return unique(constraint.ltarget) || unique(constraint.rtarget);
}

struct ConstraintCheck::Compiled {
  std::unique_ptr<RE2> regex;
  std::optional<model::VersionConstraint> version;
};

ConstraintCheck::ConstraintCheck(const model::Constraint& constraint)
    : constraint_(constraint), name_(to_string(constraint)), escapes_(escapes_class(constraint)) {
  if (constraint_.rtarget.starts_with("${")) return;
  compiled_ = std::make_unique<Compiled>();
  if (constraint_.operand == "regexp") {
    RE2::Options options(RE2::Quiet);
    options.set_max_mem(kRegexMemory);
    compiled_->regex = std::make_unique<RE2>(constraint_.rtarget, options);
  } else if (const auto scheme = scheme_of(constraint_.operand)) {
    if (auto parsed = model::VersionConstraint::parse(constraint_.rtarget, *scheme)) compiled_->version = *parsed;
  }
}

ConstraintCheck::~ConstraintCheck() = default;
ConstraintCheck::ConstraintCheck(ConstraintCheck&&) noexcept = default;

bool ConstraintCheck::matches(const model::Node& node) const {
  const auto left = resolve_target(constraint_.ltarget, node);
  const std::string& operand = constraint_.operand;
  if (operand == "is_set") return left.has_value();
  if (operand == "is_not_set") return !left.has_value();
  const auto right = resolve_target(constraint_.rtarget, node);
  if (operand == "!=" || operand == "not") return left != right;  // true where the property is missing, as in 1.1
  return left && right && holds(*left, *right);
}

bool ConstraintCheck::holds(const std::string& left, const std::string& right) const {
  const std::string& operand = constraint_.operand;
  if (operand == "=" || operand == "==" || operand == "is") return left == right;
  if (operand == "<") return left < right;
  if (operand == "<=") return left <= right;
  if (operand == ">") return left > right;
  if (operand == ">=") return left >= right;
  if (operand == "set_contains" || operand == "set_contains_all") return contains_all(left, right);
  if (operand == "set_contains_any") return contains_any(left, right);
  if (operand == "regexp") {
    if (compiled_) return compiled_->regex->ok() && RE2::PartialMatch(left, *compiled_->regex);
    RE2::Options options(RE2::Quiet);
    options.set_max_mem(kRegexMemory);
    const RE2 regex(right, options);
    return regex.ok() && RE2::PartialMatch(left, regex);
  }
  if (const auto scheme = scheme_of(operand)) {
    if (compiled_) return compiled_->version && version_matches(*compiled_->version, left);
    const auto parsed = model::VersionConstraint::parse(right, *scheme);
    return parsed && version_matches(*parsed, left);
  }
  return false;  // validate() lets no other operand through
}

}  // namespace drover::sched
