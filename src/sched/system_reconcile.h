#pragma once

#include "sched/reconcile.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace drover::sched {

// What has to happen to one group of a system or sysbatch job, node by node (facts 5.7).
struct SystemChanges {
  const model::TaskGroup* group = nullptr;  // null: the job has no such group (any more)
  std::vector<WantedStop> stop;
  std::vector<state::Row<model::Allocation>> older;  // of another version; to be updated where they are, or replaced
  // Nodes that need no new allocation: they have one, or had one that counts.
  std::set<model::NodeId> settled;
  // By node: what a new allocation there would replace.
  std::map<model::NodeId, state::Row<model::Allocation>> previous;
  std::vector<Later> later;
  uint64_t ignored = 0;
};

// Pure. Which nodes are feasible is not looked at.
std::map<std::string, SystemChanges> reconcile_system(const ReconcileInput& input);

}  // namespace drover::sched
