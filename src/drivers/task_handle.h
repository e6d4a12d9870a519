#pragma once

#include "codec/fwd.h"
#include "codec/value.h"

#include <cstdint>
#include <string>

namespace drover::drivers {

// How much output is kept, of stdout and stderr each: facts 1.8 "logs".
struct LogLimits {
  uint32_t max_files = 10;  // 0: nothing is kept
  uint64_t max_file_bytes = 10 << 20;
};
void describe(codec::StructBuilder& d, LogLimits& r);

// All that a driver needs to find its task again after the agent was restarted, with no other help. Plain data without
// secrets: the agent keeps it in its local state.
struct TaskHandle {
  std::string driver;
  uint32_t version = 1;  // Of `state`; a driver refuses handles from versions that it does not know.
  codec::Value state;    // The driver's own.
};
void describe(codec::StructBuilder& d, TaskHandle& r);

}  // namespace drover::drivers
