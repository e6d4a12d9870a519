#pragma once

#include "model/job.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace drover::state {

// Devices that one task asks for.
struct DeviceAsk {
  std::string task;
  std::string stage;  // tasks of different stages may get the same ones; "": runs beside all of them
  model::RequestedDevice request;
};

// A directory of the node that a group mounts.
struct HostVolumeAsk {
  std::string source;
  bool read_only = false;
  bool per_alloc = false;  // the name on the node is "source[index]"

  std::string name_for(int32_t index) const;
};

// What one allocation of a group takes on its node, besides the dynamic ports it is given.
struct GroupAsk {
  int32_t cpu = 0;  // MHz, without those of `cores`
  int32_t memory_mb = 0;
  int32_t disk_mb = 0;
  std::vector<uint16_t> static_ports;  // sorted
  int32_t dynamic_ports = 0;           // how many
  std::vector<uint16_t> shared_ports;  // static ones that others may hold too; sorted
  int32_t cores = 0;                   // of its own, at any time; each takes ColumnChunk::core_cpu of its node
  int32_t memory_max_mb = 0;           // what it may grow to, -1: no limit; never counted against the node
  std::vector<DeviceAsk> devices;
  std::vector<HostVolumeAsk> host_volumes;

  int32_t device_count() const;
  bool shares(int32_t port) const;
};

// Tasks without a stage, under "", run beside all others; stages run one after the other.
std::map<std::string_view, std::vector<const model::Task*>> tasks_by_stage(const model::TaskGroup& group);

// Sums over the group and its tasks; of the CPU, cores and memory of stages, which run one after the other, the largest
// sum. Devices come in the order of their stages, those without one first.
// Constant for a (job version, group): compute it once.
GroupAsk group_ask(const model::TaskGroup& group);

}  // namespace drover::state
