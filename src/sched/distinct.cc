#include "sched/distinct.h"

#include "base/strings.h"
#include "model/interpolate.h"

namespace drover::sched {
namespace {

state::Row<model::Node> node_in(const state::Snapshot& snapshot, uint32_t slot) {
  return snapshot.node(snapshot.columns().chunks()[slot / state::kColumnChunk]->node_id[slot % state::kColumnChunk]);
}

int32_t count_in(const std::unordered_map<uint32_t, int32_t>& counts, uint32_t slot) {
  const auto found = counts.find(slot);
  return found == counts.end() ? 0 : found->second;
}

}  // namespace

DistinctRules::DistinctRules(const state::Snapshot& snapshot, const model::Job& job, const model::TaskGroup& group) {
  const auto read = [&](const std::vector<model::Constraint>& constraints, bool whole_job) {
    for (const model::Constraint& constraint : constraints) {
      if (constraint.operand == "distinct_hosts") (whole_job ? job_hosts_ : group_hosts_) = true;
      if (constraint.operand == "distinct_property") {
        const auto limit = parse_int(constraint.rtarget);
        properties_.push_back({.target = constraint.ltarget,
                               .name = "distinct_property: " + constraint.ltarget,
                               .limit = static_cast<int32_t>(limit.value_or(1)),
                               .whole_job = whole_job,
                               .used = {}});
      }
    }
  };
  read(job.constraints, true);
  read(group.constraints, false);
  if (!any()) return;
  for (const auto& entry : snapshot.allocs_of_job(job.key())) {
    const model::Allocation& alloc = *entry.value;
    const auto slot = snapshot.slot_of(alloc.node_id);
    if (slot && !alloc.terminal()) add(snapshot, *slot, alloc.task_group == group.name);
  }
}

const std::string* DistinctRules::violated_by(const state::Snapshot& snapshot, uint32_t slot) const {
  if (job_hosts_ && count_in(job_on_, slot) > 0) return &hosts_name_;
  if (group_hosts_ && count_in(group_on_, slot) > 0) return &hosts_name_;
  for (const Property& property : properties_) {
    const auto value = value_of(snapshot, property, slot);
    if (!value) return &property.name;
    const auto used = property.used.find(*value);
    if (used != property.used.end() && used->second >= property.limit) return &property.name;
  }
  return nullptr;
}

void DistinctRules::change(const state::Snapshot& snapshot, uint32_t slot, bool same_group, int32_t by) {
  if (!any()) return;
  job_on_[slot] += by;
  if (same_group) group_on_[slot] += by;
  for (Property& property : properties_) {
    if (!property.whole_job && !same_group) continue;
    if (const auto value = value_of(snapshot, property, slot)) property.used[*value] += by;
  }
}

std::optional<std::string> DistinctRules::value_of(const state::Snapshot& snapshot, const Property& property,
                                                   uint32_t slot) const {
  const auto node = node_in(snapshot, slot);
  return node ? model::resolve_node_target(property.target, *node) : std::nullopt;
}

}  // namespace drover::sched
