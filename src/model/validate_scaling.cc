#include <set>

#include "codec/value.h"
#include "model/validate_parts.h"

// How far a group or a task may be scaled, and in which regions it runs.
namespace drover::model {
namespace {

// Whether the bounds are such that something can lie between them.
bool validate_bounds(const ScalingPolicy& policy, const Problems& problems) {
  const int64_t min = policy.min.value_or(0);
  bool good = policy.max.has_value();
  const auto bad = [&](const char* field, std::string text) {
    problems.at(field).error("{}", text);
    good = false;
  };
  if (!policy.policy.as_object()) {
    problems.at("Policy").error("the policy must be an object, not a {}", policy.policy.type_name());
  }
  if (min < 0) bad("Min", fmt::format("the minimum must not be negative, but is {}", min));
  if (!policy.max) {
    problems.error("scaling needs a max, the largest count");
  } else if (*policy.max < 0) {
    bad("Max", fmt::format("the maximum must not be negative, but is {}", *policy.max));
  } else if (*policy.max < min) {
    bad("Max", fmt::format("the maximum ({}) must not be less than the minimum ({})", *policy.max, min));
  }
  return good;
}

void validate_region(const MultiregionRegion& region, std::set<std::string>& names, const Problems& problems) {
  if (region.name.empty()) {
    problems.at("Name").error("the name of the region is missing");
  } else if (!names.insert(region.name).second) {
    problems.at("Name").error("region \"{}\" is named twice", printable(region.name, 80));
  }
  if (region.count < 0) problems.at("Count").error("count must not be negative, but is {}", region.count);
  for (size_t i = 0; i < region.datacenters.size(); ++i) {
    if (region.datacenters[i].empty()) problems.at("Datacenters", i).error("a datacenter has an empty name");
  }
  validate_meta(region.meta, problems.at("Meta"));
}

}  // namespace

void validate_group_scaling(const TaskGroup& group, const Problems& problems) {
  if (!group.scaling) return;
  const ScalingPolicy& policy = *group.scaling;
  if (policy.type != "horizontal") {
    problems.at("Type").error("a group is scaled horizontally, not as \"{}\"", printable(policy.type, 80));
  }
  if (!validate_bounds(policy, problems) || group.count < 0) return;
  if (group.count < *policy.min || group.count > *policy.max) {
    problems.error("the group's count ({}) must lie between the scaling's min ({}) and max ({})", group.count,
                   *policy.min, *policy.max);
  }
}

void validate_task_scaling(std::span<const ScalingPolicy> policies, const Problems& problems) {
  std::set<std::string> types;
  for (size_t i = 0; i < policies.size(); ++i) {
    const Problems place = problems.element(i);
    const std::string& type = policies[i].type;
    if (type != "vertical_cpu" && type != "vertical_mem") {
      place.at("Type").error("a task is scaled by \"cpu\" or \"mem\", not by \"{}\"",
                             printable(type.starts_with("vertical_") ? type.substr(9) : type, 80));
    } else if (!types.insert(type).second) {
      place.at("Type").error("the task has two policies of type {}", type);
    }
    validate_bounds(policies[i], place);
  }
}

void validate_multiregion(const Multiregion& multiregion, const Problems& problems) {
  if (multiregion.strategy) {
    const Problems place = problems.at("Strategy");
    if (multiregion.strategy->max_parallel < 0) {
      place.at("MaxParallel").error("max_parallel must not be negative, but is {}", multiregion.strategy->max_parallel);
    }
    if (!is_one_of(multiregion.strategy->on_failure, {"", "fail_all", "fail_local"})) {
      place.at("OnFailure")
          .error("unknown on_failure \"{}\", it must be fail_all or fail_local, or be left out",
                 printable(multiregion.strategy->on_failure, 80));
    }
  }
  if (multiregion.regions.empty()) problems.at("Regions").error("multiregion names no region");
  std::set<std::string> names;
  for (size_t i = 0; i < multiregion.regions.size(); ++i) {
    const Problems place = problems.at("Regions", i);
    validate_region(multiregion.regions[i], names, place.named("region", multiregion.regions[i].name));
  }
}

}  // namespace drover::model
