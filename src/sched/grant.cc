#include "sched/grant.h"

#include <algorithm>

#include "base/check.h"

namespace drover::sched {
namespace {

std::string address_of(const model::Node& node, const std::string& host_network) {
  const auto named = node.host_networks.find(host_network);
  if (named != node.host_networks.end()) return named->second;
  return node.networks.empty() ? "127.0.0.1" : node.networks.front().ip;
}

void grant_ports(const GrantInput& input, model::Allocation& alloc) {
  std::vector<int32_t> dynamic;
  if (input.ask.dynamic_ports > 0) {
    dynamic = input.usage.pick_dynamic(input.slot, input.ask.dynamic_ports, input.random.next());
  }
  const auto give = [&](const std::string& task, const std::vector<model::Network>& networks) {
    for (const model::Network& network : networks) {
      for (const model::Port& port : network.reserved_ports) {
        alloc.ports.push_back({task, port.label, port.value, port.to, address_of(input.node, port.host_network)});
      }
      for (const model::Port& port : network.dynamic_ports) {
        alloc.ports.push_back({task, port.label, dynamic.back(), port.to, address_of(input.node, port.host_network)});
        dynamic.pop_back();
      }
    }
  };
  give("", input.group.networks);
  for (const model::Task& task : input.group.tasks) give(task.name, task.resources.networks);
}

// The lowest free ones, so that those of a task lie together. What one stage gives back the next one gets.
void grant_cores(const GrantInput& input, model::Allocation& alloc) {
  if (input.ask.cores == 0) return;
  std::vector<int32_t> free = input.node.cores;
  std::ranges::sort(free);
  const std::vector<int32_t>& held = input.usage.holdings(input.slot).cores;
  std::erase_if(free, [&](int32_t core) { return std::ranges::binary_search(held, core); });
  auto beside = free.cbegin();  // after the tasks without a stage
  for (const auto& [stage, tasks] : state::tasks_by_stage(input.group)) {
    auto next = beside;
    for (const model::Task* task : tasks) {
      const int32_t count = task->resources.cores;
      if (count <= 0) continue;
      CHECK(free.cend() - next >= count, "cores are granted only where they are free");
      alloc.cores.push_back({.task = task->name, .cores = {next, next + count}});
      next += count;
    }
    if (stage.empty()) beside = next;
  }
}

}  // namespace

void grant(const GrantInput& input, model::Allocation& alloc) {
  grant_ports(input, alloc);
  grant_cores(input, alloc);
  if (!input.devices.any()) return;
  auto devices = input.devices.grant(input.node, input.usage.holdings(input.slot).devices);
  CHECK(devices.has_value(), "devices are granted only where they are free");
  alloc.devices = std::move(devices->devices);
}

}  // namespace drover::sched
