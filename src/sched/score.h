#pragma once

#include "base/slim_vector.h"
#include "model/alloc_metric.h"

#include <cstdint>
#include <optional>

namespace drover::sched {

// The components of a node's score and their mean (facts 5.5): each in [-1, 1], only those that apply.
struct Score {
  double packing = 0;                   // how full the node gets, or how empty it stays: as the cluster is configured
  std::optional<double> anti_affinity;  // other allocations of the group on the node
  std::optional<double> affinity;
  std::optional<double> locality;    // how much of what its tasks need is on the node already
  std::optional<double> devices;     // how well its devices match the preferences
  std::optional<double> spread;      // how much distribution gains
  std::optional<double> penalty;     // the allocation that is replaced failed there
  std::optional<double> preemption;  // how little priority the victims have

  // Of those that only this node's own changes can change.
  double own_sum() const;
  uint32_t own_parts() const;

  double mean() const;
  // Those that apply, under Nomad's names: "binpack", "job-anti-affinity", …
  SlimVector<model::ScorePart> parts() const;
  model::NodeScore to_model(model::NodeId node) const;
};

}  // namespace drover::sched
