#pragma once

#include "model/alloc_metric.h"
#include "model/job.h"
#include "sched/constraint_check.h"
#include "state/view.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace drover::sched {

// Which nodes a group may run on at all, whatever they have left (facts 5.5): ready, in a wanted datacenter and pool,
// with its drivers, and within the constraints of job, group and tasks. Nodes of one computed class are judged once,
// but for constraints that look at more than the class.
class Feasibility {
 public:
  Feasibility(const state::Snapshot& snapshot, const model::Job& job, const model::TaskGroup& group);

  // The feasible nodes, by slot, ascending.
  const std::vector<uint32_t>& slots() const { return slots_; }
  bool feasible(uint32_t slot) const;

  // Counts of what was looked at and filtered, for the metrics of every placement of the group.
  const model::AllocMetric& metric() const { return metric_; }

  // For a blocked evaluation: whether each computed class could run the group, and whether the class does not tell.
  const std::map<std::string, bool>& class_eligibility() const { return class_eligibility_; }
  bool escaped() const { return escaped_; }

 private:
  struct ClassVerdict {
    bool known = false;
    bool in_datacenter = false;
    std::string filtered_by;  // "": feasible
    std::string datacenter;
    std::string node_class;
  };

  ClassVerdict judge_class(const model::Node& node) const;
  std::string driver_problem(const model::Node& node) const;
  void scan(const state::Snapshot& snapshot);
  void count_filtered(const ClassVerdict& verdict, const std::string& reason);

  const model::Job& job_;
  const model::TaskGroup& group_;
  std::vector<ConstraintCheck> class_checks_;
  std::vector<ConstraintCheck> node_checks_;
  std::vector<uint32_t> slots_;
  model::AllocMetric metric_;
  std::map<std::string, bool> class_eligibility_;
  bool escaped_ = false;
};

// Whether a datacenter is named by one of the patterns; "*" stands for any run of characters.
bool in_datacenters(const std::string& datacenter, const std::vector<std::string>& patterns);

}  // namespace drover::sched
