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

void add_task(GroupAsk& ask, const model::Task& task) {
  const model::Resources& resources = task.resources;
  if (resources.cores == 0) ask.cpu += resources.cpu;
  ask.cores += resources.cores;
  ask.memory_mb += resources.memory_mb;
  if (resources.memory_max_mb < 0 || ask.memory_max_mb < 0) {
    ask.memory_max_mb = -1;
  } else {
    ask.memory_max_mb += std::max(resources.memory_mb, resources.memory_max_mb);
  }
  for (const model::RequestedDevice& request : resources.devices) {
    ask.devices.push_back({.task = task.name, .request = request});
  }
  add_networks(ask, resources.networks);
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

GroupAsk group_ask(const model::TaskGroup& group) {
  GroupAsk ask{.disk_mb = group.ephemeral_disk.size_mb};
  add_networks(ask, group.networks);
  for (const model::Task& task : group.tasks) add_task(ask, task);
  for (const auto& [name, volume] : group.volumes) {
    if (volume.type != "host") continue;
    ask.host_volumes.push_back({.source = volume.source, .read_only = volume.read_only, .per_alloc = volume.per_alloc});
  }
  std::ranges::sort(ask.static_ports);
  std::ranges::sort(ask.shared_ports);
  return ask;
}

}  // namespace drover::state
