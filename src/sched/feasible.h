#pragma once

#include "model/alloc_metric.h"
#include "model/job.h"
#include "sched/node_checks.h"
#include "state/view.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace drover::sched {

// Which nodes a group may run on at all, whatever they have left (facts 5.5): ready, in a wanted datacenter and pool,
// and without an obstacle (NodeChecks). Nodes of one computed class are judged once, but for what looks at more than
// the class.
class Feasibility {
 public:
  // All outlive this.
  Feasibility(const state::Snapshot& snapshot, const model::Job& job, const model::TaskGroup& group,
              const state::GroupAsk& ask);

  // The feasible nodes, by slot, ascending.
  const std::vector<uint32_t>& slots() const { return slots_; }
  bool feasible(uint32_t slot) const;
  const NodeChecks& checks() const { return checks_; }

  // Counts of what was looked at and filtered, for the metrics of every placement of the group.
  const model::AllocMetric& metric() const { return metric_; }

  // For a blocked evaluation: whether each computed class could run the group, and whether the class does not tell.
  std::map<std::string, bool> class_eligibility() const;
  bool escaped() const { return checks_.escapes(); }

 private:
  struct ClassVerdict {
    bool known = false;
    bool looked_at = false;
    std::string filtered_by;  // "": feasible
    std::string datacenter;
    std::string node_class;
    int32_t nodes = 0;  // that are ready
  };

  ClassVerdict judge_class(const model::Node& node) const;
  void scan();
  void judge_node(size_t slot, const ClassVerdict& verdict);
  void count(const ClassVerdict& verdict);
  void count_filtered(const ClassVerdict& verdict, const std::string& reason, int32_t nodes);

  const state::Snapshot& snapshot_;
  NodeChecks checks_;
  std::vector<ClassVerdict> verdicts_;  // by class
  std::vector<uint32_t> slots_;
  model::AllocMetric metric_;
};

}  // namespace drover::sched
