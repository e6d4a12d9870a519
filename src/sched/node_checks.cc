#include "sched/node_checks.h"

#include "model/locality.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace drover::sched {
namespace {

bool is_distinct(const model::Constraint& constraint) {
  return constraint.operand == "distinct_hosts" || constraint.operand == "distinct_property";
}

bool has_attribute_under(const model::Node& node, std::string_view prefix) {
  const auto at = node.attributes.lower_bound(std::string(prefix));
  return at != node.attributes.end() && at->first.starts_with(prefix);
}

}  // namespace

NodeChecks::NodeChecks(const model::Job& job, const model::TaskGroup& group, const state::GroupAsk& ask)
    : job_(job), group_(group), ask_(ask), devices_(ask) {
  const auto compile = [&](const std::vector<model::Constraint>& constraints) {
    for (const model::Constraint& constraint : constraints) {
      if (is_distinct(constraint)) continue;
      ConstraintCheck check(constraint);
      (check.escapes() ? node_constraints_ : class_constraints_).push_back(std::move(check));
    }
  };
  const auto read_ports = [&](const std::vector<model::Network>& networks) {
    for (const model::Network& network : networks) {
      for (const auto* ports : {&network.reserved_ports, &network.dynamic_ports}) {
        for (const model::Port& port : *ports) {
          const bool named = !port.host_network.empty() && port.host_network != "default";
          if (named) host_networks_.push_back(port.host_network);
        }
      }
    }
  };
  compile(job.constraints);
  compile(group.constraints);
  read_ports(group.networks);
  for (const model::Task& task : group.tasks) {
    compile(task.constraints);
    read_ports(task.resources.networks);
    auto needed = drivers::needed_permissions(task.driver, task.config, drivers::ConfigStage::Submitted);
    std::ranges::move(needed, std::back_inserter(permissions_));
  }
}

std::optional<Obstacle> NodeChecks::elsewhere(const model::Node& node) const {
  if (!model::in_datacenters(node.datacenter, job_.datacenters))
    return Obstacle{obstacle::kDatacenter, "other datacenter"};
  if (!model::in_node_pool(node, job_)) return Obstacle{obstacle::kNodePool, "other node pool"};
  return std::nullopt;
}

std::optional<Obstacle> NodeChecks::class_obstacle(const model::Node& node) const {
  if (auto driver = driver_obstacle(node)) return driver;
  for (const ConstraintCheck& check : class_constraints_) {
    if (!check.matches(node)) return Obstacle{obstacle::kConstraint, check.name()};
  }
  if (auto network = network_obstacle(node)) return network;
  for (const auto& [name, volume] : group_.volumes) {
    if (volume.type != "csi") continue;
    return Obstacle{obstacle::kCsiVolume, fmt::format("CSI volume {} is not available", volume.source)};
  }
  return std::nullopt;
}

std::optional<Obstacle> NodeChecks::node_obstacle(const model::Node& node) const {
  for (const ConstraintCheck& check : node_constraints_) {
    if (!check.matches(node)) return Obstacle{obstacle::kConstraint, check.name()};
  }
  if (const std::string* network = missing_host_network(node)) {
    return Obstacle{obstacle::kHostNetwork, fmt::format("missing host network {}", *network)};
  }
  for (const state::HostVolumeAsk& volume : ask_.host_volumes) {
    if (volume.per_alloc || has_volume(node, volume.source, volume.read_only)) continue;
    return Obstacle{obstacle::kHostVolume, "missing compatible host volumes"};
  }
  if (devices_.any() && !devices_.present_on(node)) return Obstacle{obstacle::kDevices, "missing devices"};
  return std::nullopt;
}

bool NodeChecks::has_node_checks() const {
  return escapes() || !host_networks_.empty() || !ask_.host_volumes.empty() || devices_.any();
}

bool NodeChecks::depends_on_index() const {
  return std::ranges::any_of(ask_.host_volumes, &state::HostVolumeAsk::per_alloc);
}

bool NodeChecks::has_volumes(const model::Node& node, int32_t index) const {
  return std::ranges::all_of(ask_.host_volumes, [&](const state::HostVolumeAsk& volume) {
    return has_volume(node, volume.name_for(index), volume.read_only);
  });
}

std::string NodeChecks::missing_volume(const model::Node& node) const {
  for (const state::HostVolumeAsk& volume : ask_.host_volumes) {
    if (volume.per_alloc || has_volume(node, volume.source, volume.read_only)) continue;
    const bool there = node.host_volumes.contains(volume.source);
    return fmt::format("host volume {} {}", volume.source, there ? "is read-only here" : "is not offered here");
  }
  return "";
}

bool NodeChecks::has_volume(const model::Node& node, const std::string& name, bool read_only) const {
  const auto found = node.host_volumes.find(name);
  return found != node.host_volumes.end() && (read_only || !found->second.read_only);
}

std::optional<Obstacle> NodeChecks::driver_obstacle(const model::Node& node) const {
  for (const model::Task& task : group_.tasks) {
    const auto driver = node.drivers.find(task.driver);
    const bool missing = driver == node.drivers.end() || !driver->second.detected;
    if (missing) return Obstacle{obstacle::kDriver, fmt::format("missing driver {}", task.driver)};
    if (!driver->second.healthy) return Obstacle{obstacle::kDriver, fmt::format("unhealthy driver {}", task.driver)};
  }
  const drivers::Permission* refused = forbidden(node);
  if (!refused) return std::nullopt;
  return Obstacle{obstacle::kDriverOption,
                  fmt::format("driver {} does not allow {}", refused->driver, refused->asked())};
}

const drivers::Permission* NodeChecks::forbidden(const model::Node& node) const {
  const auto found = std::ranges::find_if(
      permissions_, [&](const drivers::Permission& needed) { return !needed.granted_by(node.attributes); });
  return found == permissions_.end() ? nullptr : &*found;
}

// A bridge is made by CNI plugins or by the agent itself; both show in the node's attributes.
std::optional<Obstacle> NodeChecks::network_obstacle(const model::Node& node) const {
  for (const model::Network& network : group_.networks) {
    bool can = true;
    if (network.mode == "bridge") {
      can = has_attribute_under(node, "plugins.cni.version.bridge") || has_attribute_under(node, "nomad.bridge");
    } else if (network.mode.starts_with("cni/")) {
      can = has_attribute_under(node, "plugins.cni.config." + network.mode.substr(4));
    }
    if (!can) return Obstacle{obstacle::kNetwork, fmt::format("missing network {}", network.mode)};
  }
  return std::nullopt;
}

const std::string* NodeChecks::missing_host_network(const model::Node& node) const {
  const auto missing =
      std::ranges::find_if(host_networks_, [&](const std::string& name) { return !node.host_networks.contains(name); });
  return missing == host_networks_.end() ? nullptr : &*missing;
}

}  // namespace drover::sched
