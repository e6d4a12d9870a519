#include "sys/host.h"

#include "base/strings.h"
#include "sys/files.h"
#include "sys/mounts.h"
#include "sys/os_error.h"

#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace drover::sys {

namespace {

std::string read_line(const std::string& path) {
  return std::string(trim(read_file(path, 1 << 20).value_or("")));
}

// The value behind "KEY=" of os-release(5), without its quotes.
std::string os_release_value(const std::string& text, std::string_view key) {
  for (const std::string& line : split(text, '\n')) {
    if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != '=') continue;
    std::string_view value = trim(std::string_view(line).substr(key.size() + 1));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'')) value = value.substr(1, value.size() - 2);
    return std::string(value);
  }
  return "";
}

std::string go_arch(std::string_view machine) {
  if (machine == "x86_64") return "amd64";
  if (machine == "aarch64") return "arm64";
  if (machine == "i686" || machine == "i386") return "386";
  if (machine.starts_with("armv")) return "arm";
  return std::string(machine);
}

// "MemTotal:  24684032 kB" → bytes.
uint64_t meminfo_bytes(const std::string& text, std::string_view key) {
  for (const std::string& line : split(text, '\n')) {
    if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != ':') continue;
    std::string_view value = trim(std::string_view(line).substr(key.size() + 1));
    value = value.substr(0, value.find(' '));
    return parse_uint(value).value_or(0) * 1024;
  }
  return 0;
}

struct CpuLines {
  std::string model;
  double mhz = 0;
};

CpuLines read_cpuinfo() {
  CpuLines out;
  for (const std::string& line : split(read_file("/proc/cpuinfo").value_or(""), '\n')) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string_view key = trim(std::string_view(line).substr(0, colon));
    const std::string_view value = trim(std::string_view(line).substr(colon + 1));
    if (out.model.empty() && (key == "model name" || key == "Model")) out.model = value;
    if (key == "cpu MHz") out.mhz = std::max(out.mhz, parse_double(value).value_or(0));
  }
  return out;
}

// The device and the mount point that hold `path`: the longest mount point that is a prefix of it.
void find_mount(const std::string& path, DiskInfo& disk) {
  char* resolved = ::realpath(path.c_str(), nullptr);
  const std::string real = resolved != nullptr ? resolved : path;
  ::free(resolved);
  for (const std::string& line : split(read_file("/proc/self/mounts", 64 << 20).value_or(""), '\n')) {
    const auto fields = split(line, ' ');
    if (fields.size() < 2) continue;
    const std::string& mount = fields[1];
    const bool holds = mount == "/" || real == mount || real.starts_with(mount + "/");
    if (holds && mount.size() >= disk.mount_point.size()) disk.device = fields[0], disk.mount_point = mount;
  }
}

}  // namespace

std::string boot_id() {
  // Constant for as long as this process can live.
  static const std::string id = read_line("/proc/sys/kernel/random/boot_id");
  return id;
}

HostInfo host_info() {
  HostInfo host = {.boot_id = boot_id()};
  utsname names = {};
  if (::uname(&names) == 0) {
    host.hostname = names.nodename;
    host.kernel_name = to_lower(names.sysname);
    host.kernel_version = names.release;
    host.arch = go_arch(names.machine);
  }
  auto release = read_file("/etc/os-release");
  if (!release) release = read_file("/usr/lib/os-release");
  host.os_name = os_release_value(release.value_or(""), "ID");
  host.os_version = os_release_value(release.value_or(""), "VERSION_ID");
  return host;
}

CpuInfo cpu_info() {
  const CpuLines lines = read_cpuinfo();
  CpuInfo cpu = {.count = static_cast<uint32_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN))), .model = lines.model};
  uint64_t khz = 0;
  for (uint32_t i = 0; i < cpu.count; i++) {
    const auto value = parse_uint(read_line(fmt::format("/sys/devices/system/cpu/cpu{}/cpufreq/cpuinfo_max_freq", i)));
    khz = std::max(khz, value.value_or(0));
  }
  cpu.mhz = khz > 0 ? static_cast<uint32_t>(khz / 1000) : static_cast<uint32_t>(lines.mhz);
  return cpu;
}

MemoryInfo memory_info() {
  const std::string text = read_file("/proc/meminfo").value_or("");
  MemoryInfo memory = {.total = meminfo_bytes(text, "MemTotal"),
                       .available = meminfo_bytes(text, "MemAvailable"),
                       .free = meminfo_bytes(text, "MemFree")};
  memory.used = memory.total - std::min(memory.total, memory.available);
  return memory;
}

Result<DiskInfo> disk_info(const std::string& path) {
  struct statvfs info = {};
  if (::statvfs(path.c_str(), &info) != 0) return os_err(errno, "measure the disk of {}", path);
  DiskInfo disk = {.size = info.f_blocks * info.f_frsize,
                   .used = (info.f_blocks - info.f_bfree) * info.f_frsize,
                   .available = info.f_bavail * info.f_frsize};
  if (info.f_files > 0) disk.inodes_used_percent = (info.f_files - info.f_ffree) * 100 / info.f_files;
  find_mount(path, disk);
  return disk;
}

HostSample sample_host() {
  HostSample sample = {.memory = memory_info()};
  const auto nanos_per_tick = static_cast<uint64_t>(1'000'000'000 / ::sysconf(_SC_CLK_TCK));
  for (const std::string& line : split(read_file("/proc/stat", 64 << 20).value_or(""), '\n')) {
    if (!line.starts_with("cpu") || line.size() < 4 || line[3] == ' ') continue;
    // proc(5): user nice system idle iowait irq softirq steal; guest time is part of user.
    const auto fields = split(line, ' ');
    uint64_t ticks[8] = {};
    for (size_t i = 0; i < 8 && i + 1 < fields.size(); i++) ticks[i] = parse_uint(fields[i + 1]).value_or(0);
    CpuTimes times = {.cpu = fields[0],
                      .user = (ticks[0] + ticks[1]) * nanos_per_tick,
                      .system = (ticks[2] + ticks[5] + ticks[6]) * nanos_per_tick,
                      .idle = (ticks[3] + ticks[4]) * nanos_per_tick};
    times.total = times.user + times.system + times.idle + ticks[7] * nanos_per_tick;
    sample.cpus.push_back(std::move(times));
  }
  const std::string uptime = read_line("/proc/uptime");
  sample.uptime_seconds = parse_uint(uptime.substr(0, uptime.find('.'))).value_or(0);
  const std::string load = read_line("/proc/loadavg");
  sample.load_1m = parse_double(load.substr(0, load.find(' '))).value_or(0);
  return sample;
}

}  // namespace drover::sys
