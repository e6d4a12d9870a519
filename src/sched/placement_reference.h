#pragma once

#include "model/allocation.h"
#include "model/job.h"
#include "state/view.h"

#include <map>
#include <optional>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace drover::sched {

// For tests: the score of one more copy of a group on each node, from facts 5.5 alone; slow, obvious, and without any
// of the scheduler's code. It knows what RandomMix makes.
class PlacementReference {
 public:
  // With everything that runs in the snapshot.
  PlacementReference(const state::Snapshot& snapshot, const model::Job& job);

  // An allocation takes its room, or leaves. Expects that nothing is over-committed or held twice.
  void add(const model::Allocation& alloc);
  void remove(const model::Allocation& alloc);

  // Nothing: the node does not take one more. `penalised`: where the copy has failed before.
  std::optional<double> score(const model::TaskGroup& group, const model::Node& node, const model::NodeId& penalised);
  std::optional<double> best(const model::TaskGroup& group, const model::NodeId& penalised);

 private:
  // What a node holds, counted from the rows.
  struct Load {
    int64_t cpu = 0, memory = 0, disk = 0;
    std::set<std::string> held;         // ports, cores and devices, each once
    std::map<std::string, int> copies;  // of the job, by group
  };
  using Copies = std::map<std::string, int>;  // by value of an attribute

  static std::set<std::string> things_of(const model::Allocation& alloc);
  void change(const model::Allocation& alloc, int sign);
  int copies_on(const model::NodeId& node, const model::TaskGroup* group);
  Copies copies_by(const std::string& target, const model::TaskGroup* group);

  bool allowed(const model::TaskGroup& group, const model::Node& node);
  bool keeps(const model::Constraint& constraint, const model::TaskGroup* scope, const model::Node& node);
  bool has_things(const model::TaskGroup& group, const model::Node& node, const Load& load) const;
  std::optional<double> device_liking(const model::TaskGroup& group, const model::Node& node, const Load& load) const;
  std::optional<double> packing(const model::TaskGroup& group, const model::Node& node, const Load& load) const;
  double affinity(const model::TaskGroup& group, const model::Node& node) const;
  double spread(const model::TaskGroup& group, const model::Node& node);
  double spread_part(const model::TaskGroup& group, const model::Node& node, const model::Spread& spread);

  const state::Snapshot snapshot_;
  const model::Job& job_;
  const bool evenly_;
  std::map<model::NodeId, Load> loads_;
};

}  // namespace drover::sched
