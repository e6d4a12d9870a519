#include "drivers/docker/stats.h"

#include "drivers/docker/api.h"

#include <initializer_list>

namespace drover::drivers {
namespace {

// The first of the paths that is there: cgroup v1 and v2 name things differently.
std::optional<uint64_t> first_of(const codec::Value& answer, std::initializer_list<const char*> paths) {
  for (const char* path : paths) {
    if (find_path(answer, path)) return static_cast<uint64_t>(int_at(answer, path));
  }
  return std::nullopt;
}

}  // namespace

TaskStats parse_docker_stats(const codec::Value& answer) {
  return {.cpu_nanos = first_of(answer, {"cpu_stats.cpu_usage.total_usage"}),
          .cpu_user_nanos = first_of(answer, {"cpu_stats.cpu_usage.usage_in_usermode"}),
          .cpu_system_nanos = first_of(answer, {"cpu_stats.cpu_usage.usage_in_kernelmode"}),
          .cpu_throttled_periods = first_of(answer, {"cpu_stats.throttling_data.throttled_periods"}),
          .cpu_throttled_nanos = first_of(answer, {"cpu_stats.throttling_data.throttled_time"}),
          .memory_rss_bytes =
              first_of(answer, {"memory_stats.stats.total_rss", "memory_stats.stats.rss", "memory_stats.stats.anon"}),
          .memory_cache_bytes = first_of(
              answer, {"memory_stats.stats.total_cache", "memory_stats.stats.cache", "memory_stats.stats.file"}),
          .memory_swap_bytes = first_of(answer, {"memory_stats.stats.total_swap", "memory_stats.stats.swap"}),
          .memory_usage_bytes = first_of(answer, {"memory_stats.usage"}),
          .memory_max_usage_bytes = first_of(answer, {"memory_stats.max_usage"}),
          .pids = first_of(answer, {"pids_stats.current"})};
}

}  // namespace drover::drivers
