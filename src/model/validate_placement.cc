#include <cstdlib>
#include <set>

#include "model/validate_parts.h"

// Preferences for nodes: affinities and spreads.
namespace drover::model {
namespace {

constexpr int32_t kMaxWeight = 100;

// A constraint that holds what is to be checked of an affinity as well, and nothing that has been said about it.
Constraint as_constraint(const Affinity& affinity, const Problems& problems) {
  const std::string& op = affinity.operand;
  if (is_one_of(op, {"distinct_hosts", "distinct_property", "is_set", "is_not_set"})) {
    problems.at("Operand").error("{} is an operator of constraints only, not of affinities", op);
    return {.ltarget = "x", .rtarget = "x"};
  }
  return {.ltarget = affinity.ltarget, .rtarget = affinity.rtarget, .operand = op};
}

void validate_targets(const Spread& spread, const Problems& problems) {
  std::set<std::string> values;
  int64_t sum = 0;
  for (size_t i = 0; i < spread.targets.size(); ++i) {
    const SpreadTarget& target = spread.targets[i];
    const Problems place = problems.at("SpreadTarget", i);
    if (target.value.empty()) place.at("Value").error("the value of a spread's target is missing");
    if (!target.value.empty() && !values.insert(target.value).second) {
      place.at("Value").error("target \"{}\" is given twice", printable(target.value, 80));
    }
    if (target.percent < 0 || target.percent > 100) {
      place.at("Percent").error("percent must be between 0 and 100, not {}", target.percent);
    }
    sum += std::max(target.percent, 0);
  }
  if (sum > 100) problems.at("SpreadTarget").error("the targets of a spread add up to {} percent, at most 100", sum);
}

}  // namespace

void validate_affinities(std::span<const Affinity> affinities, const Problems& problems) {
  std::vector<Constraint> constraints;
  for (size_t i = 0; i < affinities.size(); ++i) {
    const int32_t weight = affinities[i].weight;
    const Problems place = problems.element(i);
    if (weight == 0) {
      place.at("Weight").error("a weight of 0 has no effect; it must be between -{0} and {0}", kMaxWeight);
    } else if (weight < -kMaxWeight || weight > kMaxWeight) {
      place.at("Weight").error("the weight must be between -{0} and {0}, not {1}", kMaxWeight, weight);
    }
    constraints.push_back(as_constraint(affinities[i], place));
  }
  validate_constraints(constraints, ConstraintLevel::Group, problems);
}

void validate_spreads(std::span<const Spread> spreads, const Problems& problems) {
  for (size_t i = 0; i < spreads.size(); ++i) {
    const Problems place = problems.element(i);
    if (spreads[i].attribute.empty()) place.at("Attribute").error("the attribute of the spread is missing");
    if (spreads[i].weight < 1 || spreads[i].weight > kMaxWeight) {
      place.at("Weight").error("the weight must be between 1 and {}, not {}", kMaxWeight, spreads[i].weight);
    }
    validate_targets(spreads[i], place);
  }
}

void validate_preferences(std::span<const Affinity> affinities, std::span<const Spread> spreads, JobType type,
                          const Problems& problems) {
  const auto refuse = [&](const char* field, const char* what) {
    if (type == JobType::System) {
      problems.at(field).error("a system job runs on every node: remove the {}", what);
    } else if (type == JobType::Sysbatch) {
      problems.at(field).warning("a sysbatch job runs on every node: {} have no effect", what);
    }
  };
  if (!affinities.empty()) refuse("Affinities", "affinities");
  if (!spreads.empty()) refuse("Spreads", "spreads");
}

}  // namespace drover::model
