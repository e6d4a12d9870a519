#pragma once

#include "model/job.h"
#include "sched/attribute_values.h"
#include "state/view.h"

#include <cstdint>
#include <string>
#include <vector>

namespace drover::sched {

// The constraints distinct_hosts and distinct_property of a group (facts 1.7): they depend on where the job's other
// allocations are, and so change with every placement.
class DistinctRules {
 public:
  DistinctRules(const state::Snapshot& snapshot, const model::Job& job, const model::TaskGroup& group);

  bool any() const { return job_hosts_ || group_hosts_ || !properties_.empty(); }

  // What keeps a further allocation off the node, or null: "distinct_hosts", "distinct_property: ${meta.rack}".
  const std::string* violated_by(uint32_t slot) const;

  // An allocation of the job (of this group or another) is, or no longer is, on the node.
  void add(uint32_t slot, bool same_group) { change(slot, same_group, 1); }
  void remove(uint32_t slot, bool same_group) { change(slot, same_group, -1); }

  // Whether what happens on one of the two nodes counts for the other one too.
  bool tied(uint32_t a, uint32_t b) const;

 private:
  struct Property {
    std::string name;
    AttributeValues values;
    int32_t limit = 1;
    bool whole_job = false;
    std::vector<int32_t> used;  // by value
  };

  void change(uint32_t slot, bool same_group, int32_t by);

  const std::string hosts_name_ = "distinct_hosts";
  bool job_hosts_ = false;
  bool group_hosts_ = false;
  std::vector<int32_t> job_on_;  // by slot
  std::vector<int32_t> group_on_;
  std::vector<Property> properties_;
};

}  // namespace drover::sched
