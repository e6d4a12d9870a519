#include "client/stats/stats_reader.h"

#include <utility>

namespace drover::client {
namespace {

constexpr Duration kShortest = std::chrono::milliseconds(100);
constexpr Duration kLongest = std::chrono::seconds(30);

bool usable(Duration age) {
  return age >= kShortest && age <= kLongest;
}

}  // namespace

net::Task<Result<HostStats>> StatsReader::host(std::shared_ptr<AgentContext> agent) {
  const auto sample = [] { return sys::sample_host(); };
  auto earlier = last_host_;
  if (!earlier || !usable(agent->clock.mono() - earlier->at)) {
    auto first = co_await net::run_blocking(agent->pool, sample);
    earlier = HostPoint{.sample = std::move(first), .at = agent->clock.mono()};
    co_await net::sleep_for(kShortest);
  }
  auto later = co_await net::run_blocking(agent->pool, sample);
  last_host_ = HostPoint{.sample = later, .at = agent->clock.mono()};
  const auto disk_of = [&agent] { return sys::disk_info(agent->alloc_root); };
  const auto disk = co_await net::run_blocking(agent->pool, disk_of);
  const uint32_t mhz = sys::cpu_info().mhz;
  HostStats stats = make_host_stats(earlier->sample, later, mhz, agent->clock.now());
  if (disk) {
    stats.alloc_dir_stats = make_disk_stats(*disk);
    stats.disk_stats = {stats.alloc_dir_stats};
  }
  co_return stats;
}

net::Task<Result<AllocResourceUsage>> StatsReader::alloc(std::shared_ptr<AgentContext> agent, model::AllocId id,
                                                         Tasks tasks) {
  std::map<std::string, drivers::TaskStats> earlier;
  bool wait = false;
  for (const auto& [name, task] : tasks) {
    const auto last = last_tasks_.find({id, name});
    if (last != last_tasks_.end() && usable(agent->clock.now() - last->second.at)) {
      earlier[name] = last->second;
      continue;
    }
    auto first = co_await task->stats();
    if (!first) continue;
    earlier[name] = std::move(*first);
    wait = true;
  }
  if (wait) co_await net::sleep_for(kShortest);

  AllocResourceUsage out{.timestamp = agent->clock.now()};
  const uint32_t mhz = sys::cpu_info().mhz;
  for (const auto& [name, task] : tasks) {
    const auto before = earlier.find(name);
    if (before == earlier.end()) continue;
    auto later = co_await task->stats();
    if (!later) continue;
    auto usage = make_task_usage(before->second, *later, mhz);
    add_usage(out.resource_usage, usage.resource_usage);
    last_tasks_[{id, name}] = std::move(*later);
    out.tasks[name] = std::move(usage);
  }
  co_return out;
}

void StatsReader::forget(model::AllocId id) {
  std::erase_if(last_tasks_, [&](const auto& entry) { return entry.first.first == id; });
}

}  // namespace drover::client
