#pragma once

#include "base/clock.h"
#include "client/stats/device_stats.h"
#include "codec/fwd.h"
#include "drivers/driver.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

// What an allocation uses, in Nomad's shape (`/v1/client/allocation/:id/stats`).
namespace drover::client {

struct MemoryStats {
  uint64_t rss = 0;
  uint64_t cache = 0;
  uint64_t swap = 0;
  uint64_t usage = 0;
  uint64_t max_usage = 0;
  std::vector<std::string> measured;  // which of them are known
};
void describe(codec::StructBuilder& d, MemoryStats& r);

struct CpuStats {
  double system_mode = 0;
  double user_mode = 0;
  double total_ticks = 0;  // MHz
  uint64_t throttled_periods = 0;
  uint64_t throttled_time = 0;
  double percent = 0;  // of one core
  std::vector<std::string> measured;
};
void describe(codec::StructBuilder& d, CpuStats& r);

struct ResourceUsage {
  MemoryStats memory_stats;
  CpuStats cpu_stats;
  std::vector<DeviceGroupStats> device_stats;
};
void describe(codec::StructBuilder& d, ResourceUsage& r);

struct TaskResourceUsage {
  ResourceUsage resource_usage;
  uint64_t pids = 0;
  WallTime timestamp;
};
void describe(codec::StructBuilder& d, TaskResourceUsage& r);

struct AllocResourceUsage {
  ResourceUsage resource_usage;  // of all tasks together
  std::map<std::string, TaskResourceUsage> tasks;
  WallTime timestamp;
};
void describe(codec::StructBuilder& d, AllocResourceUsage& r);

// Percentages are over the time between the two. Pure.
TaskResourceUsage make_task_usage(const drivers::TaskStats& earlier, const drivers::TaskStats& later, uint32_t mhz);

void add_usage(ResourceUsage& sum, const ResourceUsage& usage);

}  // namespace drover::client
