#include "client/stats/alloc_stats.h"

#include <algorithm>
#include <optional>

namespace drover::client {
namespace {

using Counter = std::optional<uint64_t>;

// Of one core, in the time between two samples.
std::optional<double> percent_between(Counter earlier, Counter later, Duration elapsed) {
  if (!later || !earlier || elapsed <= Duration(0)) return std::nullopt;
  const uint64_t used = *later > *earlier ? *later - *earlier : 0;
  return 100.0 * static_cast<double>(used) / static_cast<double>(elapsed.count());
}

template <class T, class Field>
void take(const std::optional<T>& value, Field& field, const char* name, std::vector<std::string>& measured) {
  if (!value) return;
  field = *value;
  measured.emplace_back(name);
}

void add_measured(std::vector<std::string>& to, const std::vector<std::string>& from) {
  for (const auto& name : from) {
    if (std::ranges::find(to, name) == to.end()) to.push_back(name);
  }
}

}  // namespace

TaskResourceUsage make_task_usage(const drivers::TaskStats& earlier, const drivers::TaskStats& later, uint32_t mhz) {
  TaskResourceUsage out{.pids = later.pids.value_or(0), .timestamp = later.at};
  const Duration elapsed = later.at - earlier.at;
  auto& cpu = out.resource_usage.cpu_stats;
  take(percent_between(earlier.cpu_system_nanos, later.cpu_system_nanos, elapsed), cpu.system_mode, "System Mode",
       cpu.measured);
  take(percent_between(earlier.cpu_user_nanos, later.cpu_user_nanos, elapsed), cpu.user_mode, "User Mode",
       cpu.measured);
  take(percent_between(earlier.cpu_nanos, later.cpu_nanos, elapsed), cpu.percent, "Percent", cpu.measured);
  take(later.cpu_throttled_periods, cpu.throttled_periods, "Throttled Periods", cpu.measured);
  take(later.cpu_throttled_nanos, cpu.throttled_time, "Throttled Time", cpu.measured);
  cpu.total_ticks = cpu.percent / 100.0 * mhz;

  auto& memory = out.resource_usage.memory_stats;
  take(later.memory_rss_bytes, memory.rss, "RSS", memory.measured);
  take(later.memory_cache_bytes, memory.cache, "Cache", memory.measured);
  take(later.memory_swap_bytes, memory.swap, "Swap", memory.measured);
  take(later.memory_usage_bytes, memory.usage, "Usage", memory.measured);
  take(later.memory_max_usage_bytes, memory.max_usage, "Max Usage", memory.measured);
  return out;
}

void add_usage(ResourceUsage& sum, const ResourceUsage& usage) {
  auto& cpu = sum.cpu_stats;
  cpu.system_mode += usage.cpu_stats.system_mode;
  cpu.user_mode += usage.cpu_stats.user_mode;
  cpu.total_ticks += usage.cpu_stats.total_ticks;
  cpu.throttled_periods += usage.cpu_stats.throttled_periods;
  cpu.throttled_time += usage.cpu_stats.throttled_time;
  cpu.percent += usage.cpu_stats.percent;
  add_measured(cpu.measured, usage.cpu_stats.measured);
  auto& memory = sum.memory_stats;
  memory.rss += usage.memory_stats.rss;
  memory.cache += usage.memory_stats.cache;
  memory.swap += usage.memory_stats.swap;
  memory.usage += usage.memory_stats.usage;
  memory.max_usage += usage.memory_stats.max_usage;
  add_measured(memory.measured, usage.memory_stats.measured);
}

}  // namespace drover::client
