#include "state/ask.h"

#include <algorithm>

namespace drover::state {

namespace {

void add_networks(GroupAsk& ask, const std::vector<model::Network>& networks) {
  for (const model::Network& network : networks) {
    for (const model::Port& port : network.reserved_ports)
      ask.static_ports.push_back(static_cast<uint16_t>(port.value));
    ask.dynamic_ports += static_cast<int32_t>(network.dynamic_ports.size());
  }
}

}  // namespace

GroupAsk group_ask(const model::TaskGroup& group) {
  GroupAsk ask{.disk_mb = group.ephemeral_disk.size_mb};
  add_networks(ask, group.networks);
  for (const model::Task& task : group.tasks) {
    ask.cpu += task.resources.cpu;
    ask.memory_mb += task.resources.memory_mb;
    add_networks(ask, task.resources.networks);
  }
  std::ranges::sort(ask.static_ports);
  return ask;
}

}  // namespace drover::state
