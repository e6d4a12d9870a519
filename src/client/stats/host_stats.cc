#include "client/stats/host_stats.h"

#include <algorithm>

namespace drover::client {
namespace {

double percent(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

uint64_t since(uint64_t later, uint64_t earlier) {
  return later > earlier ? later - earlier : 0;
}

}  // namespace

HostStats make_host_stats(const sys::HostSample& earlier, const sys::HostSample& later, uint32_t mhz, WallTime now) {
  HostStats out{.memory = {.total = later.memory.total,
                           .available = later.memory.available,
                           .used = later.memory.used,
                           .free = later.memory.free},
                .uptime = later.uptime_seconds,
                .timestamp = now};
  for (const auto& cpu : later.cpus) {
    const auto before = std::ranges::find(earlier.cpus, cpu.cpu, &sys::CpuTimes::cpu);
    const sys::CpuTimes zero;
    const auto& old = before == earlier.cpus.end() ? zero : *before;
    const uint64_t total = since(cpu.total, old.total);
    HostCpuStats stats{.cpu = cpu.cpu,
                       .user = percent(since(cpu.user, old.user), total),
                       .system = percent(since(cpu.system, old.system), total),
                       .idle = percent(since(cpu.idle, old.idle), total)};
    stats.total = total == 0 ? 0 : std::max(0.0, 100.0 - stats.idle);
    out.cpu_ticks_consumed += stats.total / 100.0 * mhz;
    out.cpu.push_back(std::move(stats));
  }
  return out;
}

HostDiskStats make_disk_stats(const sys::DiskInfo& disk) {
  return {.device = disk.device,
          .mountpoint = disk.mount_point,
          .size = disk.size,
          .used = disk.used,
          .available = disk.available,
          .used_percent = percent(disk.used, disk.used + disk.available),
          .inodes_used_percent = static_cast<double>(disk.inodes_used_percent)};
}

}  // namespace drover::client
