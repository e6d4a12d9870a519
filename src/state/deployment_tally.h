#pragma once

#include "state/draft.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace drover::state {

// What a command changes in the counts of deployments, so that each is written once.
class DeploymentTally {
 public:
  // A write of an allocation; `before` is null for a new one. Counts it as placed when it becomes a part of its
  // deployment, and its health when that is told or changes.
  void note(const model::Allocation* before, const model::Allocation& after);

  // Adds the counts to the deployments that are there, and moves the time by which they have to progress: the first
  // placement and every healthy allocation give them their progress deadline anew.
  void write(Draft& draft, WallTime time) const;

 private:
  struct Change {
    int32_t placed = 0;
    int32_t healthy = 0;
    int32_t unhealthy = 0;
    bool progressed = false;  // one became healthy
    std::vector<model::AllocId> canaries;
  };
  static void add(model::DeploymentGroup& group, const Change& change, WallTime time);

  std::map<model::DeploymentId, std::map<std::string, Change>> changes_;
};

}  // namespace drover::state
