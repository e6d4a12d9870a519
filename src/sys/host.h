#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <vector>

// Facts about this machine, for fingerprints and statistics. What cannot be told is empty or 0.
namespace drover::sys {

struct HostInfo {
  std::string hostname;
  std::string kernel_name;     // "linux"
  std::string kernel_version;  // "6.1.0-18-amd64"
  std::string arch;            // As Go names it: "amd64", "arm64"
  std::string os_name;         // ID of os-release: "debian"
  std::string os_version;      // VERSION_ID: "12"
  std::string boot_id;
};

struct CpuInfo {
  uint32_t count = 0;  // Online.
  uint32_t mhz = 0;    // The highest frequency of a core.
  std::string model;
};

struct MemoryInfo {
  uint64_t total = 0;
  uint64_t available = 0;
  uint64_t free = 0;
  uint64_t used = 0;
};

struct DiskInfo {
  std::string device;
  std::string mount_point;
  uint64_t size = 0;
  uint64_t used = 0;
  uint64_t available = 0;  // To a process that is not root.
  uint64_t inodes_used_percent = 0;
};

struct NetworkAddress {
  std::string ip;  // Without prefix length or zone.
  bool ipv6 = false;
  bool link_local = false;
};

struct NetworkInterface {
  std::string name;
  std::string mac;
  bool up = false;
  bool loopback = false;
  bool default_route = false;
  uint32_t speed_mbits = 0;  // 0 if the kernel does not know.
  std::vector<NetworkAddress> addresses;
};

// Cumulative clock ticks in nanoseconds of one CPU since boot, for usage between two samples.
struct CpuTimes {
  std::string cpu;  // "cpu0", …
  uint64_t user = 0;
  uint64_t system = 0;
  uint64_t idle = 0;
  uint64_t total = 0;
};

struct HostSample {
  std::vector<CpuTimes> cpus;
  MemoryInfo memory;
  uint64_t uptime_seconds = 0;
  double load_1m = 0;
};

HostInfo host_info();
CpuInfo cpu_info();
MemoryInfo memory_info();
Result<DiskInfo> disk_info(const std::string& path);
// Sorted by name.
std::vector<NetworkInterface> network_interfaces();
// The one with the default route, else the first that is up with an address and no loopback, else loopback.
Result<NetworkInterface> primary_interface();
HostSample sample_host();

// Empty on a host that has none.
std::string boot_id();

}  // namespace drover::sys
