#pragma once

#include "model/job.h"
#include "state/view.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace drover::sched {

// The constraints distinct_hosts and distinct_property of a group (facts 1.7): they depend on where the job's other
// allocations are, and so change with every placement.
class DistinctRules {
 public:
  DistinctRules(const state::Snapshot& snapshot, const model::Job& job, const model::TaskGroup& group);

  bool any() const { return job_hosts_ || group_hosts_ || !properties_.empty(); }

  // What keeps a further allocation off the node, or null: "distinct_hosts", "distinct_property: ${meta.rack}".
  const std::string* violated_by(const state::Snapshot& snapshot, uint32_t slot) const;

  // An allocation of the job (of this group or another) is, or no longer is, on the node.
  void add(const state::Snapshot& snapshot, uint32_t slot, bool same_group) { change(snapshot, slot, same_group, 1); }
  void remove(const state::Snapshot& snapshot, uint32_t slot, bool same_group) {
    change(snapshot, slot, same_group, -1);
  }

 private:
  struct Property {
    std::string target;
    std::string name;
    int32_t limit = 1;
    bool whole_job = false;
    std::unordered_map<std::string, int32_t> used;  // by value
  };

  void change(const state::Snapshot& snapshot, uint32_t slot, bool same_group, int32_t by);
  std::optional<std::string> value_of(const state::Snapshot& snapshot, const Property& property, uint32_t slot) const;

  const std::string hosts_name_ = "distinct_hosts";
  bool job_hosts_ = false;
  bool group_hosts_ = false;
  std::unordered_map<uint32_t, int32_t> job_on_;
  std::unordered_map<uint32_t, int32_t> group_on_;
  std::vector<Property> properties_;
};

}  // namespace drover::sched
