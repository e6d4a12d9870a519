#pragma once

#include "base/clock.h"
#include "model/policies.h"

#include <optional>

namespace drover::client {

// What counts for the health of an allocation in a deployment, at one moment.
struct HealthInputs {
  bool any_failed = false;   // a task is dead and failed
  bool all_running = false;  // every task runs, or has succeeded
  bool checks_passing = false;
  uint64_t restarts = 0;  // of all tasks together
};

// Decides once whether an allocation of a deployment is healthy (facts 1.3): everything good for min_healthy_time
// before healthy_deadline. Pure. A policy with health_check "manual" never decides.
class AllocHealth {
 public:
  AllocHealth(model::UpdateStrategy policy, MonoTime start);

  struct Outcome {
    std::optional<bool> healthy;    // decided
    std::optional<MonoTime> again;  // else: look again then, if nothing changes before
  };
  Outcome update(const HealthInputs& inputs, MonoTime now);

 private:
  model::UpdateStrategy policy_;
  MonoTime deadline_;
  std::optional<MonoTime> good_since_;
  uint64_t restarts_ = 0;
};

}  // namespace drover::client
