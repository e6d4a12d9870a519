#include "state/plan_fit.h"

#include <algorithm>
#include <set>
#include <utility>

namespace drover::state {

using model::Allocation;
using model::AllocId;
using model::DesiredStatus;
using model::Node;
using model::PlannedStop;

namespace {

bool has_device(const Node& node, const model::AllocatedDevice& device, const std::string& id) {
  for (const model::NodeDeviceGroup& group : node.devices) {
    if (group.vendor != device.vendor || group.type != device.type || group.name != device.name) continue;
    if (std::ranges::find(group.instances, id, &model::DeviceInstance::id) != group.instances.end()) return true;
  }
  return false;
}

// What a node would hold with the plan.
class Usage {
 public:
  Usage(const Node& node, const Columns& columns, uint32_t slot)
      : node_(node), chunk_(*columns.chunks()[slot / kColumnChunk]), at_(slot % kColumnChunk) {
    cpu_ = chunk_.cpu_used[at_];
    memory_mb_ = chunk_.memory_used[at_];
    disk_mb_ = chunk_.disk_used[at_];
    held_ = columns.holdings(slot);
  }

  void remove(const GroupAsk& ask, const Allocation& alloc) {
    const Holdings own = holdings_of(alloc);
    add_amounts(ask, own, -1);
    held_.remove(own);
  }

  // False if something that it holds by name is taken or not there.
  bool add(const GroupAsk& ask, const Allocation& alloc) {
    const Holdings own = holdings_of(alloc);
    add_amounts(ask, own, 1);
    if (!held_.leaves_free(own, ask)) return false;
    held_.add(own);
    return has_cores(ask, own) && has_devices(ask, alloc) && finds_volumes(ask, alloc);
  }

  bool within_capacity() const {
    return cpu_ <= chunk_.cpu_capacity[at_] && memory_mb_ <= chunk_.memory_capacity[at_] &&
           disk_mb_ <= chunk_.disk_capacity[at_];
  }

 private:
  void add_amounts(const GroupAsk& ask, const Holdings& own, int sign) {
    cpu_ += sign * (ask.cpu + std::ssize(own.cores) * chunk_.core_cpu[at_]);
    memory_mb_ += sign * ask.memory_mb;
    disk_mb_ += sign * ask.disk_mb;
  }

  bool has_cores(const GroupAsk& ask, const Holdings& own) const {
    return std::ssize(own.cores) >= ask.cores && std::ranges::all_of(own.cores, [&](int32_t core) {
             return std::ranges::find(node_.cores, core) != node_.cores.end();
           });
  }

  bool has_devices(const GroupAsk& ask, const Allocation& alloc) const {
    int64_t count = 0;
    for (const model::AllocatedDevice& device : alloc.devices) {
      const bool there =
          std::ranges::all_of(device.device_ids, [&](const std::string& id) { return has_device(node_, device, id); });
      if (!there) return false;
      count += std::ssize(device.device_ids);
    }
    return count == ask.device_count();
  }

  bool finds_volumes(const GroupAsk& ask, const Allocation& alloc) const {
    return std::ranges::all_of(ask.host_volumes, [&](const HostVolumeAsk& volume) {
      const auto found = node_.host_volumes.find(volume.name_for(alloc.index()));
      return found != node_.host_volumes.end() && (volume.read_only || !found->second.read_only);
    });
  }

  const Node& node_;
  const ColumnChunk& chunk_;
  size_t at_;
  int64_t cpu_ = 0;
  int64_t memory_mb_ = 0;
  int64_t disk_mb_ = 0;
  Holdings held_;
};

// Whether the plan starts something new on a node, or only updates what runs there.
bool starts_work(const Snapshot& view, const NodePart& part) {
  return std::ranges::any_of(part.placements, [&](const Allocation* alloc) { return !view.alloc(alloc->id); });
}

bool node_takes(const Snapshot& view, const Node& node, const NodePart& part) {
  if (node.accepts_work()) return true;
  return node.status == model::NodeStatus::Ready && !starts_work(view, part);
}

// Stops also only note something: that the node of an allocation is gone, or who looks at it again.
bool ends(const PlannedStop& stop) {
  return stop.desired_status != DesiredStatus::Run || stop.client_status == model::ClientStatus::Lost;
}

void free_alloc(Draft& draft, Usage& usage, const AllocId& id, std::set<AllocId>& freed) {
  const auto alloc = draft.view().alloc(id);
  if (!alloc || alloc->terminal() || !freed.insert(id).second) return;
  if (const GroupAsk* ask = draft.ask_of(*alloc)) usage.remove(*ask, *alloc);
}

}  // namespace

bool fits(Draft& draft, const model::NodeId& id, const NodePart& part) {
  if (part.placements.empty()) return true;
  const auto node = draft.view().node(id);
  const auto slot = draft.view().slot_of(id);
  if (!node || !slot || !node_takes(draft.view(), *node, part)) return false;

  Usage usage(*node, draft.columns(), *slot);
  std::set<AllocId> freed;
  for (const PlannedStop* stop : part.stops) {
    if (ends(*stop)) free_alloc(draft, usage, stop->alloc_id, freed);
  }
  for (const Allocation* alloc : part.placements) free_alloc(draft, usage, alloc->id, freed);
  for (const Allocation* alloc : part.placements) {
    const GroupAsk* ask = draft.ask_of(*alloc);
    if (!ask || !usage.add(*ask, *alloc)) return false;
  }
  return usage.within_capacity();
}

}  // namespace drover::state
