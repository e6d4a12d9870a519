#pragma once

#include "base/random.h"
#include "model/allocation.h"
#include "model/job.h"
#include "sched/devices.h"
#include "sched/usage.h"

namespace drover::sched {

// A group on a node that has what it asks for.
struct GrantInput {
  const model::TaskGroup& group;
  const state::GroupAsk& ask;
  const DeviceRules& devices;
  const model::Node& node;
  uint32_t slot;
  const Usage& usage;
  Random& random;
};

// Gives an allocation what it holds by name: ports, cores of its own, devices. REQUIRES that they are free.
void grant(const GrantInput& input, model::Allocation& alloc);

}  // namespace drover::sched
