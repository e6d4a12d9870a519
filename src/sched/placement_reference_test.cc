#include "sched/placement_reference.h"

#include <algorithm>
#include <cmath>
#include <ranges>
#include <vector>

namespace drover::sched {
namespace {

struct Ask {
  int64_t cpu = 0, memory = 0, disk = 0, cores = 0;
};

Ask ask_of(const model::TaskGroup& group) {
  Ask ask{.disk = group.ephemeral_disk.size_mb};
  for (const model::Task& task : group.tasks) {
    ask.cores += task.resources.cores;
    if (task.resources.cores == 0) ask.cpu += task.resources.cpu;
    ask.memory += task.resources.memory_mb;
  }
  return ask;
}

int64_t core_mhz(const model::Node& node) {
  return node.cores.empty() ? 0 : node.resources.cpu / std::ssize(node.cores);
}

std::optional<std::string> value_of(const model::Node& node, const std::string& target) {
  if (target == "${node.datacenter}") return node.datacenter;
  if (target == "${node.unique.name}") return node.name;
  const auto found = node.meta.find("rack");
  return found == node.meta.end() ? std::nullopt : std::optional(found->second);
}

std::vector<const model::RequestedDevice*> devices_of(const model::TaskGroup& group) {
  std::vector<const model::RequestedDevice*> out;
  for (const model::Task& task : group.tasks) {
    for (const model::RequestedDevice& device : task.resources.devices) out.push_back(&device);
  }
  return out;
}

}  // namespace

PlacementReference::PlacementReference(const state::Snapshot& snapshot, const model::Job& job)
    : snapshot_(snapshot), job_(job), evenly_(snapshot.scheduler_config().algorithm == "spread") {
  for (const auto& entry : snapshot.nodes()) {
    for (const int32_t port : entry.value->reserved.ports) {
      loads_[entry.key].held.insert("port" + std::to_string(port));
    }
  }
  for (const auto& entry : snapshot.allocs()) {
    if (!entry.value->terminal()) add(*entry.value);
  }
}

std::set<std::string> PlacementReference::things_of(const model::Allocation& alloc) {
  std::set<std::string> out;
  const auto hold = [&](std::string thing) { EXPECT_TRUE(out.insert(std::move(thing)).second); };
  for (const model::AllocatedPort& port : alloc.ports) hold("port" + std::to_string(port.value));
  for (const model::AllocatedCores& cores : alloc.cores) {
    for (const int32_t core : cores.cores) hold("core" + std::to_string(core));
  }
  for (const model::AllocatedDevice& device : alloc.devices) {
    for (const std::string& id : device.device_ids) hold(id);
  }
  return out;
}

void PlacementReference::change(const model::Allocation& alloc, int sign) {
  Load& load = loads_[alloc.node_id];
  const auto version = snapshot_.job_of(alloc);
  const auto node = snapshot_.node(alloc.node_id);
  const Ask ask = ask_of(*version->find_group(alloc.task_group));
  load.cpu += sign * (ask.cpu + ask.cores * core_mhz(*node));
  load.memory += sign * ask.memory;
  load.disk += sign * ask.disk;
  if (alloc.job_id == job_.id) load.copies[alloc.task_group] += sign;
}

void PlacementReference::add(const model::Allocation& alloc) {
  change(alloc, 1);
  const Load& load = loads_[alloc.node_id];
  const auto node = snapshot_.node(alloc.node_id);
  EXPECT_LE(load.cpu, node->resources.cpu - node->reserved.cpu);
  EXPECT_LE(load.memory, node->resources.memory_mb - node->reserved.memory_mb);
  EXPECT_LE(load.disk, node->resources.disk_mb);
  for (const std::string& thing : things_of(alloc)) {
    EXPECT_TRUE(loads_[alloc.node_id].held.insert(thing).second) << thing << " is held twice";
  }
}

void PlacementReference::remove(const model::Allocation& alloc) {
  change(alloc, -1);
  for (const std::string& thing : things_of(alloc)) loads_[alloc.node_id].held.erase(thing);
}

std::optional<double> PlacementReference::best(const model::TaskGroup& group, const model::NodeId& penalised) {
  std::optional<double> best;
  for (const auto& entry : snapshot_.nodes()) {
    const auto here = score(group, *entry.value, penalised);
    if (here && (!best || *here > *best)) best = here;
  }
  return best;
}

std::optional<double> PlacementReference::score(const model::TaskGroup& group, const model::Node& node,
                                                const model::NodeId& penalised) {
  const Load& load = loads_[node.id];
  const auto liking = device_liking(group, node, load);
  if (!allowed(group, node) || !liking || !has_things(group, node, load)) return std::nullopt;
  const auto full = packing(group, node, load);
  if (!full) return std::nullopt;
  std::vector<double> parts{*full};
  if (const int copies = copies_on(node.id, &group); copies > 0) {
    parts.push_back(-std::min(1.0, (copies + 1.0) / group.count));
  }
  if (const double liked = affinity(group, node); liked != 0) parts.push_back(liked);
  const auto devices = devices_of(group);
  if (!devices.empty() && !devices[0]->affinities.empty()) parts.push_back(*liking);
  if (const double boost = spread(group, node); boost != 0) parts.push_back(boost);
  if (node.id == penalised) parts.push_back(-1);
  double sum = 0;
  for (const double part : parts) sum += part;
  return sum / static_cast<double>(parts.size());
}

int PlacementReference::copies_on(const model::NodeId& node, const model::TaskGroup* group) {
  int sum = 0;
  for (const auto& [name, copies] : loads_[node].copies) sum += !group || group->name == name ? copies : 0;
  return sum;
}

PlacementReference::Copies PlacementReference::copies_by(const std::string& target, const model::TaskGroup* group) {
  Copies out;
  for (const auto& entry : snapshot_.nodes()) {
    const auto value = value_of(*entry.value, target);
    const int copies = copies_on(entry.key, group);
    if (value && copies > 0) out[*value] += copies;
  }
  return out;
}

bool PlacementReference::allowed(const model::TaskGroup& group, const model::Node& node) {
  const auto keeps_of_job = [&](const auto& constraint) { return keeps(constraint, nullptr, node); };
  const auto keeps_of_group = [&](const auto& constraint) { return keeps(constraint, &group, node); };
  return node.accepts_work() && node.drivers.contains("mock") &&
         (job_.datacenters[0] == "*" || job_.datacenters[0] == node.datacenter) &&
         std::ranges::all_of(job_.constraints, keeps_of_job) && std::ranges::all_of(group.constraints, keeps_of_group);
}

// `scope`: whose copies count for the distinct rules, null: all of the job.
bool PlacementReference::keeps(const model::Constraint& constraint, const model::TaskGroup* scope,
                               const model::Node& node) {
  if (constraint.operand == "distinct_hosts") return copies_on(node.id, scope) == 0;
  const auto value = value_of(node, constraint.ltarget);
  if (constraint.operand == "!=") return value != constraint.rtarget;
  if (constraint.operand == "=") return value == constraint.rtarget;
  if (constraint.operand == "<=") return value && *value <= constraint.rtarget;
  EXPECT_EQ(constraint.operand, "distinct_property");
  return value && copies_by(constraint.ltarget, scope)[*value] < std::stoi(constraint.rtarget);
}

bool PlacementReference::has_things(const model::TaskGroup& group, const model::Node& node, const Load& load) const {
  int64_t free_cores = std::ssize(node.cores);
  for (const std::string& held : load.held) free_cores -= held.starts_with("core") ? 1 : 0;
  if (ask_of(group).cores > free_cores) return false;
  for (const model::Network& network : group.networks) {
    for (const model::Port& port : network.reserved_ports) {
      if (load.held.contains("port" + std::to_string(port.value))) return false;
    }
  }
  return true;
}

// How well the best kind of which enough are free is liked. Nothing: there is none.
std::optional<double> PlacementReference::device_liking(const model::TaskGroup& group, const model::Node& node,
                                                        const Load& load) const {
  const auto requests = devices_of(group);
  if (requests.empty()) return 0;
  const model::RequestedDevice& request = *requests[0];
  std::optional<double> best;
  for (const model::NodeDeviceGroup& kind : node.devices) {
    if (!request.constraints.empty() && request.constraints[0].rtarget != kind.name) continue;
    const auto free = std::ranges::count_if(kind.instances, [&](const model::DeviceInstance& instance) {
      return instance.healthy && !load.held.contains(instance.id);
    });
    const double liking = request.affinities.empty() ? 0 : (kind.name == "A" ? 60.0 : -20.0) / 80;
    if (free >= request.count && (!best || liking > *best)) best = liking;
  }
  return best;
}

// Nothing: there is no room.
std::optional<double> PlacementReference::packing(const model::TaskGroup& group, const model::Node& node,
                                                  const Load& load) const {
  const Ask ask = ask_of(group);
  const auto share = [](int64_t used, int64_t total) { return static_cast<double>(used) / static_cast<double>(total); };
  const double cpu = share(load.cpu + ask.cpu + ask.cores * core_mhz(node), node.resources.cpu - node.reserved.cpu);
  const double memory = share(load.memory + ask.memory, node.resources.memory_mb - node.reserved.memory_mb);
  if (cpu > 1 || memory > 1 || load.disk + ask.disk > node.resources.disk_mb) return std::nullopt;
  const double powers = std::pow(10, 1 - cpu) + std::pow(10, 1 - memory);
  return std::clamp(evenly_ ? powers - 2 : 20 - powers, 0.0, 18.0) / 18;
}

double PlacementReference::affinity(const model::TaskGroup& group, const model::Node& node) const {
  std::vector<model::Affinity> all = job_.affinities;
  all.insert(all.end(), group.affinities.begin(), group.affinities.end());
  for (const model::Task& task : group.tasks) all.insert(all.end(), task.affinities.begin(), task.affinities.end());
  double sum = 0, total = 0;
  for (const model::Affinity& affinity : all) {
    total += std::abs(affinity.weight);
    if (value_of(node, affinity.ltarget) == affinity.rtarget) sum += affinity.weight;
  }
  return total == 0 ? 0 : sum / total;
}

double PlacementReference::spread(const model::TaskGroup& group, const model::Node& node) {
  std::vector<model::Spread> all = group.spreads;
  all.insert(all.end(), job_.spreads.begin(), job_.spreads.end());
  double total = 0, sum = 0;
  for (const model::Spread& one : all) total += one.weight;
  for (const model::Spread& one : all) {
    sum += one.weight / total * std::clamp(spread_part(group, node, one), -1.0, 1.0);
  }
  return std::abs(sum) < 1e-12 ? 0 : sum;
}

double PlacementReference::spread_part(const model::TaskGroup& group, const model::Node& node,
                                       const model::Spread& spread) {
  const auto value = value_of(node, spread.attribute);
  if (!value) return -1;
  const Copies used = copies_by(spread.attribute, &group);
  const double here = used.contains(*value) ? used.at(*value) : 0;
  if (!spread.targets.empty()) {
    double rest = group.count;
    std::optional<double> desired;
    for (const model::SpreadTarget& target : spread.targets) {
      const double count = target.percent / 100.0 * group.count;
      rest -= count;
      if (target.value == *value) desired = count;
    }
    if (!desired && rest > 0 && rest < group.count) desired = rest;
    return desired && *desired > 0 ? (*desired - here - 1) / *desired : -1;
  }
  if (used.empty()) return 0;
  const auto [least, most] = std::ranges::minmax(used | std::views::values);
  if (here != least) return (least - here) / least;
  return least == most ? -1 : static_cast<double>(most - least) / least;
}

}  // namespace drover::sched
