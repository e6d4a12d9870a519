#include "drivers/process_stats.h"

#include "base/strings.h"
#include "sys/files.h"
#include "sys/process.h"

#include <fmt/core.h>
#include <unistd.h>

namespace drover::drivers {
namespace {

// proc(5), counted from the field after the command name, which may hold anything.
constexpr size_t kUserTicks = 11;
constexpr size_t kSystemTicks = 12;
constexpr size_t kResidentPages = 21;

uint64_t number_at(const std::vector<std::string>& fields, size_t index) {
  return index < fields.size() ? parse_uint(fields[index]).value_or(0) : 0;
}

}  // namespace

TaskStats cgroup_stats(const sys::CgroupManager& cgroups, std::string_view name) {
  const auto usage = cgroups.usage(name);
  return {.cpu_nanos = usage.cpu_nanos,
          .cpu_user_nanos = usage.cpu_user_nanos,
          .cpu_system_nanos = usage.cpu_system_nanos,
          .cpu_throttled_periods = usage.cpu_throttled_periods,
          .cpu_throttled_nanos = usage.cpu_throttled_nanos,
          .memory_rss_bytes = usage.memory_rss_bytes,
          .memory_cache_bytes = usage.memory_cache_bytes,
          .memory_swap_bytes = usage.memory_swap_bytes,
          .memory_usage_bytes = usage.memory_bytes,
          .memory_max_usage_bytes = usage.memory_max_usage_bytes,
          .pids = usage.pids};
}

TaskStats process_stats(pid_t root) {
  const auto nanos_per_tick = 1'000'000'000 / static_cast<uint64_t>(::sysconf(_SC_CLK_TCK));
  const auto page_bytes = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  uint64_t user = 0, system = 0, pages = 0, pids = 0;
  for (const auto& id : sys::list_descendants(root)) {
    const auto stat = sys::read_file(fmt::format("/proc/{}/stat", id.pid));
    const auto name_end = stat ? stat->rfind(") ") : std::string::npos;
    if (name_end == std::string::npos) continue;
    const auto fields = split(std::string_view(*stat).substr(name_end + 2), ' ');
    user += number_at(fields, kUserTicks);
    system += number_at(fields, kSystemTicks);
    pages += number_at(fields, kResidentPages);
    pids++;
  }
  return {.cpu_nanos = (user + system) * nanos_per_tick,
          .cpu_user_nanos = user * nanos_per_tick,
          .cpu_system_nanos = system * nanos_per_tick,
          .memory_rss_bytes = pages * page_bytes,
          .pids = pids};
}

}  // namespace drover::drivers
