#pragma once

#include "base/clock.h"
#include "client/stats/device_stats.h"
#include "codec/fwd.h"
#include "sys/host.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What the machine is doing, in Nomad's shape (`/v1/client/stats`).
namespace drover::client {

struct HostMemoryStats {
  uint64_t total = 0;
  uint64_t available = 0;
  uint64_t used = 0;
  uint64_t free = 0;
};
void describe(codec::StructBuilder& d, HostMemoryStats& r);

// Percentages since the sample before.
struct HostCpuStats {
  std::string cpu;
  double user = 0;
  double system = 0;
  double idle = 0;
  double total = 0;
};
void describe(codec::StructBuilder& d, HostCpuStats& r);

struct HostDiskStats {
  std::string device;
  std::string mountpoint;
  uint64_t size = 0;
  uint64_t used = 0;
  uint64_t available = 0;
  double used_percent = 0;
  double inodes_used_percent = 0;
};
void describe(codec::StructBuilder& d, HostDiskStats& r);

struct HostStats {
  HostMemoryStats memory;
  std::vector<HostCpuStats> cpu;
  std::vector<HostDiskStats> disk_stats;
  HostDiskStats alloc_dir_stats;
  uint64_t uptime = 0;
  double cpu_ticks_consumed = 0;  // MHz in use
  WallTime timestamp;
  std::vector<DeviceGroupStats> device_stats;
};
void describe(codec::StructBuilder& d, HostStats& r);

// REQUIRES `later` was taken after `earlier`. Pure.
HostStats make_host_stats(const sys::HostSample& earlier, const sys::HostSample& later, uint32_t mhz, WallTime now);

HostDiskStats make_disk_stats(const sys::DiskInfo& disk);

}  // namespace drover::client
