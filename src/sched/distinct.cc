#include "sched/distinct.h"

#include <algorithm>

#include "base/strings.h"

namespace drover::sched {

DistinctRules::DistinctRules(const state::Snapshot& snapshot, const model::Job& job, const model::TaskGroup& group) {
  const auto read = [&](const std::vector<model::Constraint>& constraints, bool whole_job) {
    for (const model::Constraint& constraint : constraints) {
      if (constraint.operand == "distinct_hosts" && constraint.rtarget != "false") {
        (whole_job ? job_hosts_ : group_hosts_) = true;
      }
      if (constraint.operand == "distinct_property") {
        Property property{.name = "distinct_property: " + constraint.ltarget,
                          .values = AttributeValues(snapshot, constraint.ltarget),
                          .limit = static_cast<int32_t>(parse_int(constraint.rtarget).value_or(1)),
                          .whole_job = whole_job,
                          .used = {}};
        property.used.resize(property.values.count());
        properties_.push_back(std::move(property));
      }
    }
  };
  read(job.constraints, true);
  read(group.constraints, false);
  if (!any()) return;
  job_on_.resize(snapshot.columns().slots());
  group_on_.resize(snapshot.columns().slots());
  for (const auto& entry : snapshot.allocs_of_job(job.key())) {
    const model::Allocation& alloc = *entry.value;
    const auto slot = snapshot.slot_of(alloc.node_id);
    if (slot && !alloc.terminal()) add(*slot, alloc.task_group == group.name);
  }
}

const std::string* DistinctRules::violated_by(uint32_t slot) const {
  if (!any()) return nullptr;
  if (job_hosts_ && job_on_[slot] > 0) return &hosts_name_;
  if (group_hosts_ && group_on_[slot] > 0) return &hosts_name_;
  for (const Property& property : properties_) {
    const uint32_t value = property.values.of(slot);
    if (value == AttributeValues::kNone || property.used[value] >= property.limit) return &property.name;
  }
  return nullptr;
}

bool DistinctRules::tied(uint32_t a, uint32_t b) const {
  return std::ranges::any_of(properties_, [&](const Property& property) {
    const uint32_t value = property.values.of(a);
    return value != AttributeValues::kNone && value == property.values.of(b);
  });
}

void DistinctRules::change(uint32_t slot, bool same_group, int32_t by) {
  if (!any()) return;
  job_on_[slot] += by;
  if (same_group) group_on_[slot] += by;
  for (Property& property : properties_) {
    if (!property.whole_job && !same_group) continue;
    const uint32_t value = property.values.of(slot);
    if (value != AttributeValues::kNone) property.used[value] += by;
  }
}

}  // namespace drover::sched
