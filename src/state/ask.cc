#include "state/ask.h"

#include <fmt/format.h>

#include <algorithm>

namespace drover::state {

namespace {

void add_networks(GroupAsk& ask, const std::vector<model::Network>& networks) {
  for (const model::Network& network : networks) {
    for (const model::Port& port : network.reserved_ports) {
      auto& ports = port.ignore_collision ? ask.shared_ports : ask.static_ports;
      ports.push_back(static_cast<uint16_t>(port.value));
    }
    ask.dynamic_ports += static_cast<int32_t>(network.dynamic_ports.size());
  }
}

// What tasks that run at the same time take together.
struct Amounts {
  int32_t cpu = 0;
  int32_t cores = 0;
  int32_t memory_mb = 0;
  int32_t memory_max_mb = 0;  // -1: no limit

  void add(const Amounts& other) {
    cpu += other.cpu;
    cores += other.cores;
    memory_mb += other.memory_mb;
    const bool unlimited = memory_max_mb < 0 || other.memory_max_mb < 0;
    memory_max_mb = unlimited ? -1 : memory_max_mb + other.memory_max_mb;
  }

  void cover(const Amounts& other) {
    cpu = std::max(cpu, other.cpu);
    cores = std::max(cores, other.cores);
    memory_mb = std::max(memory_mb, other.memory_mb);
    const bool unlimited = memory_max_mb < 0 || other.memory_max_mb < 0;
    memory_max_mb = unlimited ? -1 : std::max(memory_max_mb, other.memory_max_mb);
  }
};

Amounts amounts_of(const model::Resources& resources) {
  const int32_t max = resources.memory_max_mb;
  return {.cpu = resources.cores == 0 ? resources.cpu : 0,
          .cores = resources.cores,
          .memory_mb = resources.memory_mb + resources.secrets_mb,
          .memory_max_mb = max < 0 ? -1 : std::max(resources.memory_mb, max) + resources.secrets_mb};
}

// Of stages, which run one after the other, the most that any takes.
Amounts amounts_of(const model::TaskGroup& group) {
  Amounts all, most;
  for (const auto& [stage, tasks] : tasks_by_stage(group)) {
    Amounts sum;
    for (const model::Task* task : tasks) sum.add(amounts_of(task->resources));
    if (stage.empty()) {
      all = sum;
    } else {
      most.cover(sum);
    }
  }
  all.add(most);
  return all;
}

}  // namespace

std::string HostVolumeAsk::name_for(int32_t index) const {
  return per_alloc ? fmt::format("{}[{}]", source, index) : source;
}

int32_t GroupAsk::device_count() const {
  int32_t count = 0;
  for (const DeviceAsk& device : devices) count += device.request.count;
  return count;
}

bool GroupAsk::shares(int32_t port) const {
  return std::ranges::binary_search(shared_ports, static_cast<uint16_t>(port));
}

std::map<std::string_view, std::vector<const model::Task*>> tasks_by_stage(const model::TaskGroup& group) {
  std::map<std::string_view, std::vector<const model::Task*>> out;
  for (const model::Task& task : group.tasks) out[task.stage].push_back(&task);
  return out;
}

GroupAsk group_ask(const model::TaskGroup& group) {
  const Amounts amounts = amounts_of(group);
  GroupAsk ask{.cpu = amounts.cpu,
               .memory_mb = amounts.memory_mb,
               .disk_mb = group.ephemeral_disk.size_mb,
               .cores = amounts.cores,
               .memory_max_mb = amounts.memory_max_mb};
  add_networks(ask, group.networks);
  for (const model::Task& task : group.tasks) add_networks(ask, task.resources.networks);
  for (const auto& [stage, tasks] : tasks_by_stage(group)) {
    for (const model::Task* task : tasks) {
      for (const model::RequestedDevice& request : task->resources.devices) {
        ask.devices.push_back({.task = task->name, .stage = task->stage, .request = request});
      }
    }
  }
  for (const auto& [name, volume] : group.volumes) {
    if (volume.type != "host") continue;
    ask.host_volumes.push_back({.source = volume.source, .read_only = volume.read_only, .per_alloc = volume.per_alloc});
  }
  std::ranges::sort(ask.static_ports);
  std::ranges::sort(ask.shared_ports);
  return ask;
}

}  // namespace drover::state
