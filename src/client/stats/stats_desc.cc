#include "client/stats/alloc_stats.h"
#include "client/stats/host_stats.h"
#include "codec/describe.h"

namespace drover::client {

void describe(codec::StructBuilder& d, HostMemoryStats& r) {
  auto& [total, available, used, free] = r;
  d.name("HostMemoryStats");
  d.field(1, total, "Total");
  d.field(2, available, "Available");
  d.field(3, used, "Used");
  d.field(4, free, "Free");
}

void describe(codec::StructBuilder& d, HostCpuStats& r) {
  auto& [cpu, user, system, idle, total] = r;
  d.name("HostCPUStats");
  d.field(1, cpu, "CPU");
  d.field(2, user, "User");
  d.field(3, system, "System");
  d.field(4, idle, "Idle");
  d.field(5, total, "Total");
}

void describe(codec::StructBuilder& d, HostDiskStats& r) {
  auto& [device, mountpoint, size, used, available, used_percent, inodes_used_percent] = r;
  d.name("HostDiskStats");
  d.field(1, device, "Device");
  d.field(2, mountpoint, "Mountpoint");
  d.field(3, size, "Size");
  d.field(4, used, "Used");
  d.field(5, available, "Available");
  d.field(6, used_percent, "UsedPercent");
  d.field(7, inodes_used_percent, "InodesUsedPercent");
}

void describe(codec::StructBuilder& d, HostStats& r) {
  auto& [memory, cpu, disk_stats, alloc_dir_stats, uptime, cpu_ticks_consumed, timestamp, device_stats] = r;
  d.name("HostStats");
  d.field(1, memory, "Memory");
  d.field(2, cpu, "CPU");
  d.field(3, disk_stats, "DiskStats");
  d.field(4, alloc_dir_stats, "AllocDirStats");
  d.field(5, uptime, "Uptime");
  d.field(6, cpu_ticks_consumed, "CPUTicksConsumed");
  d.field(8, device_stats, "DeviceStats");
  d.field(7, timestamp, "Timestamp");
}

void describe(codec::StructBuilder& d, MemoryStats& r) {
  auto& [rss, cache, swap, usage, max_usage, measured] = r;
  d.name("MemoryStats");
  d.field(1, rss, "RSS");
  d.field(2, cache, "Cache");
  d.field(3, swap, "Swap");
  d.field(4, usage, "Usage");
  d.field(5, max_usage, "MaxUsage");
  d.field(6, measured, "Measured");
}

void describe(codec::StructBuilder& d, CpuStats& r) {
  auto& [system_mode, user_mode, total_ticks, throttled_periods, throttled_time, percent, measured] = r;
  d.name("CpuStats");
  d.field(1, system_mode, "SystemMode");
  d.field(2, user_mode, "UserMode");
  d.field(3, total_ticks, "TotalTicks");
  d.field(4, throttled_periods, "ThrottledPeriods");
  d.field(5, throttled_time, "ThrottledTime");
  d.field(6, percent, "Percent");
  d.field(7, measured, "Measured");
}

void describe(codec::StructBuilder& d, ResourceUsage& r) {
  auto& [memory_stats, cpu_stats, device_stats] = r;
  d.name("ResourceUsage");
  d.field(1, memory_stats, "MemoryStats");
  d.field(2, cpu_stats, "CpuStats");
  d.field(3, device_stats, "DeviceStats");
}

void describe(codec::StructBuilder& d, TaskResourceUsage& r) {
  auto& [resource_usage, pids, timestamp] = r;
  d.name("TaskResourceUsage");
  d.field(1, resource_usage, "ResourceUsage");
  d.field(2, pids, "PidCount");
  d.field(3, timestamp, "Timestamp");
}

void describe(codec::StructBuilder& d, AllocResourceUsage& r) {
  auto& [resource_usage, tasks, timestamp] = r;
  d.name("AllocResourceUsage");
  d.field(1, resource_usage, "ResourceUsage");
  d.field(2, tasks, "Tasks");
  d.field(3, timestamp, "Timestamp");
}

}  // namespace drover::client
