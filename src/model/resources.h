#pragma once

#include "codec/fwd.h"
#include "model/constraint.h"
#include "model/network.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace drover::model {

// Devices that a task asks for (facts 1.9).
struct RequestedDevice {
  std::string name;  // "type", "vendor/type" or "vendor/type/model"
  int32_t count = 1;
  std::vector<Constraint> constraints;  // on ${device.…}
  std::vector<Affinity> affinities;
};
void describe(codec::StructBuilder& d, RequestedDevice& r);

// How a task's cores and devices lie to each other.
struct NumaConfig {
  std::string affinity = "none";  // "none", "prefer" or "require"
  std::vector<std::string> devices;
};
void describe(codec::StructBuilder& d, NumaConfig& r);

// What a task asks for: facts 1.9.
struct Resources {
  int32_t cpu = 100;  // MHz
  int32_t memory_mb = 300;
  int32_t disk_mb = 0;  // 003's old key: moved into the group's ephemeral disk by canonicalize()
  int32_t iops = 0;     // 0, or a weight from 10 to 1000
  std::vector<Network> networks;
  int32_t cores = 0;          // cores of its own; then `cpu` follows from them
  int32_t memory_max_mb = 0;  // 0: memory_mb; -1: no limit
  std::vector<RequestedDevice> devices;
  std::optional<NumaConfig> numa;
  int32_t secrets_mb = 0;  // size of the secrets directory, 0: the default
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
