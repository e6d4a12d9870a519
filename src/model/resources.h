#pragma once

#include "codec/fwd.h"
#include "model/network.h"

#include <cstdint>
#include <vector>

namespace drover::model {

// What a task asks for: facts 1.9.
struct Resources {
  int32_t cpu = 100;  // MHz
  int32_t memory_mb = 300;
  int32_t disk_mb = 0;  // 003's old key: moved into the group's ephemeral disk by canonicalize()
  int32_t iops = 0;     // 0, or a weight from 10 to 1000
  std::vector<Network> networks;
};
void describe(codec::StructBuilder& d, Resources& r);

// A group's disk: 001 "Ephemeral Disk".
struct EphemeralDisk {
  bool sticky = false;
  int32_t size_mb = 300;
  bool migrate = false;
};
void describe(codec::StructBuilder& d, EphemeralDisk& r);

}  // namespace drover::model
