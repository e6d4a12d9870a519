#pragma once

#include "model/job.h"

#include <cstdint>
#include <vector>

namespace drover::state {

// What one allocation of a group takes on its node, besides the dynamic ports it is given.
struct GroupAsk {
  int32_t cpu = 0;  // MHz
  int32_t memory_mb = 0;
  int32_t disk_mb = 0;
  std::vector<uint16_t> static_ports;  // sorted
  int32_t dynamic_ports = 0;           // how many
};

// Sums over the group and its tasks. Constant for a (job version, group): compute it once.
GroupAsk group_ask(const model::TaskGroup& group);

}  // namespace drover::state
