#include "server/room.h"

#include <algorithm>
#include <set>

namespace drover::server {
namespace {

std::set<std::string> healthy_devices(const model::Node& node) {
  std::set<std::string> ids;
  for (const model::NodeDeviceGroup& group : node.devices) {
    for (const model::DeviceInstance& instance : group.instances) {
      if (instance.healthy) ids.insert(instance.id);
    }
  }
  return ids;
}

bool gained_devices(const model::Node& was, const model::Node& is) {
  if (!std::ranges::includes(healthy_devices(was), healthy_devices(is))) return true;
  return !std::ranges::all_of(is.devices, [&](const model::NodeDeviceGroup& group) {
    return std::ranges::any_of(was.devices, [&](const model::NodeDeviceGroup& old) {
      return old.name == group.name && old.attributes == group.attributes;
    });
  });
}

bool gained_volumes(const model::Node& was, const model::Node& is) {
  return !std::ranges::all_of(is.host_volumes, [&](const auto& volume) {
    const auto old = was.host_volumes.find(volume.first);
    return old != was.host_volumes.end() && (volume.second.read_only || !old->second.read_only);
  });
}

}  // namespace

bool gained_room(const RowChange<model::Allocation>& change) {
  const bool held_before = change.before && !change.before->terminal();
  const bool holds_now = change.after && !change.after->terminal();
  return held_before && !holds_now;
}

bool may_take_more(const RowChange<model::Node>& change) {
  if (!change.after || !change.after->accepts_work()) return false;
  if (!change.before || !change.before->accepts_work()) return true;
  const model::Node& was = *change.before;
  const model::Node& is = *change.after;
  return was.computed_class != is.computed_class || was.resources.cpu != is.resources.cpu ||
         was.resources.memory_mb != is.resources.memory_mb || was.resources.disk_mb != is.resources.disk_mb ||
         gained_devices(was, is) || gained_volumes(was, is);
}

std::set<std::string> classes_with_room(const StateChanges& changes) {
  std::set<std::string> classes;
  for (const auto& change : changes.nodes) {
    if (may_take_more(change)) classes.insert(change.after->computed_class);
  }
  for (const auto& change : changes.allocs) {
    if (!gained_room(change)) continue;
    const auto node = changes.snapshot->node(change.before->node_id);
    if (node && node->accepts_work()) classes.insert(node->computed_class);
  }
  return classes;
}

}  // namespace drover::server
