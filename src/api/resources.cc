#include "api/resources.h"

#include <algorithm>

#include "base/strings.h"
#include "model/device_attribute.h"
#include "state/ask.h"

namespace drover::api {
namespace {

using model::AllocatedPort;
using model::Network;
using model::Port;

const AllocatedPort* find_port(const model::Allocation& alloc, const std::string& owner, const std::string& label) {
  const auto found = std::ranges::find_if(
      alloc.ports, [&](const AllocatedPort& port) { return port.task == owner && port.label == label; });
  return found == alloc.ports.end() ? nullptr : &*found;
}

std::string device_of(const model::Node* node, const std::string& ip) {
  if (!node) return "";
  const auto found = std::ranges::find(node->networks, ip, &model::NodeNetwork::ip);
  return found == node->networks.end() ? "" : found->device;
}

// The networks that a task or group ("": owner) asked for, with the address and the ports that it was given.
std::vector<Network> allocated_networks(const model::Allocation& alloc, const std::string& owner,
                                        const std::vector<Network>& asked, const model::Node* node) {
  std::vector<Network> networks = asked;
  for (Network& network : networks) {
    const auto fill = [&](std::vector<Port>& ports) {
      for (Port& port : ports) {
        const AllocatedPort* given = find_port(alloc, owner, port.label);
        if (!given) continue;
        port.value = given->value;
        port.to = given->to;
        if (network.ip.empty()) network.ip = given->host_ip;
      }
    };
    fill(network.reserved_ports);
    fill(network.dynamic_ports);
    if (network.device.empty()) network.device = device_of(node, network.ip);
  }
  return networks;
}

std::vector<TaskDevice> devices_of(const model::Allocation& alloc, const std::string& task) {
  std::vector<TaskDevice> out;
  for (const model::AllocatedDevice& held : alloc.devices) {
    if (held.task == task) out.push_back({held.vendor, held.type, held.name, held.device_ids});
  }
  return out;
}

std::vector<int32_t> cores_of(const model::Allocation& alloc, const std::string& task) {
  for (const model::AllocatedCores& held : alloc.cores) {
    if (held.task == task) return held.cores;
  }
  return {};
}

// {"Int": 15360, "Unit": "MiB"}: one member for the kind of value, as Nomad's plugins have it.
codec::Value attribute_value(const std::string& text) {
  const auto attribute = model::DeviceAttribute::parse(text);
  codec::Value out;
  if (const auto* string = std::get_if<std::string>(&attribute.value)) out.set("String", *string);
  if (const auto* truth = std::get_if<bool>(&attribute.value)) out.set("Bool", *truth);
  if (const auto* whole = std::get_if<int64_t>(&attribute.value)) out.set("Int", *whole);
  if (const auto* real = std::get_if<double>(&attribute.value)) out.set("Float", *real);
  if (!attribute.unit.empty()) out.set("Unit", attribute.unit);
  return out;
}

NodeDevices devices_of(const model::NodeDeviceGroup& group) {
  NodeDevices out{.vendor = group.vendor, .type = group.type, .name = group.name};
  for (const model::DeviceInstance& device : group.instances) {
    out.instances.push_back({.id = device.id,
                             .healthy = device.healthy,
                             .health_description = device.health_description,
                             .locality = device.pci_bus_id.empty()
                                             ? std::nullopt
                                             : std::optional(DeviceLocality{.pci_bus_id = device.pci_bus_id})});
  }
  for (const auto& [name, text] : group.attributes) out.attributes[name] = attribute_value(text);
  return out;
}

std::vector<Network> node_networks(const model::Node& node) {
  std::vector<Network> networks;
  for (const model::NodeNetwork& network : node.networks) {
    const bool v6 = network.ip.find(':') != std::string::npos;
    networks.push_back({.mode = "host",
                        .device = network.device,
                        .cidr = network.ip + (v6 ? "/128" : "/32"),
                        .ip = network.ip,
                        .mbits = network.mbits});
  }
  return networks;
}

model::Resources legacy(const model::NodeCapacity& capacity) {
  const auto narrow = [](int64_t value) { return static_cast<int32_t>(std::clamp<int64_t>(value, 0, INT32_MAX)); };
  return {.cpu = narrow(capacity.cpu), .memory_mb = narrow(capacity.memory_mb), .disk_mb = narrow(capacity.disk_mb)};
}

}  // namespace

AllocResources resources_of(const model::Allocation& alloc, const model::TaskGroup& group, const model::Node* node) {
  AllocResources out;
  out.total = {.cpu = 0, .memory_mb = 0, .disk_mb = group.ephemeral_disk.size_mb};
  out.shared = {.cpu = 0, .memory_mb = 0, .disk_mb = group.ephemeral_disk.size_mb};
  out.shared.networks = allocated_networks(alloc, "", group.networks, node);
  out.allocated.shared = {.disk_mb = group.ephemeral_disk.size_mb, .networks = out.shared.networks};
  for (const AllocatedPort& port : alloc.ports) {
    if (port.task.empty()) out.allocated.shared.ports.push_back(port);
  }
  for (const model::Task& task : group.tasks) {
    model::Resources resources = task.resources;
    resources.networks = allocated_networks(alloc, task.name, task.resources.networks, node);
    out.total.iops += resources.iops;
    out.allocated.tasks[task.name] = {
        .cpu = {.cpu_shares = resources.cpu, .reserved_cores = cores_of(alloc, task.name)},
        .memory = {.memory_mb = resources.memory_mb, .memory_max_mb = std::max(resources.memory_max_mb, 0)},
        .networks = resources.networks,
        .devices = devices_of(alloc, task.name)};
    out.tasks[task.name] = std::move(resources);
  }
  const state::GroupAsk ask = state::group_ask(group);
  out.total.memory_mb = ask.memory_mb;
  out.total.cpu = ask.cpu;
  for (const model::Task& task : group.tasks) out.total.cpu += task.resources.cores > 0 ? task.resources.cpu : 0;
  out.total.networks = out.shared.networks;
  for (const auto& [name, task] : out.tasks) {
    out.total.networks.insert(out.total.networks.end(), task.networks.begin(), task.networks.end());
  }
  return out;
}

NodeResources resources_of(const model::Node& node) {
  NodeResources out{.cpu = {.cpu_shares = node.resources.cpu, .reservable_cores = node.cores},
                    .memory = {.memory_mb = node.resources.memory_mb},
                    .disk = {.disk_mb = node.resources.disk_mb},
                    .networks = node_networks(node)};
  for (const model::NodeDeviceGroup& group : node.devices) out.devices.push_back(devices_of(group));
  return out;
}

ReservedResources reserved_of(const model::Node& node) {
  std::vector<std::string> ports;
  for (const int32_t port : node.reserved.ports) ports.push_back(std::to_string(port));
  return {.cpu = {.cpu_shares = node.reserved.cpu},
          .memory = {.memory_mb = node.reserved.memory_mb},
          .disk = {.disk_mb = node.reserved.disk_mb},
          .networks = {.reserved_host_ports = join(ports, ",")}};
}

model::Resources legacy_resources_of(const model::Node& node) {
  model::Resources resources = legacy(node.resources);
  resources.networks = node_networks(node);
  return resources;
}

model::Resources legacy_reserved_of(const model::Node& node) {
  model::Resources resources = legacy(node.reserved);
  if (node.reserved.ports.empty()) return resources;
  for (Network network : node_networks(node)) {
    network.mbits = 0;
    for (const int32_t port : node.reserved.ports) {
      network.reserved_ports.push_back({.label = "reserved-" + std::to_string(port), .value = port});
    }
    resources.networks.push_back(std::move(network));
  }
  return resources;
}

}  // namespace drover::api
