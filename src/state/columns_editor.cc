#include "state/columns_editor.h"

#include "base/check.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace drover::state {

namespace {

// Capacities come from other machines: saturate rather than wrap.
int32_t narrow(int64_t value) {
  return static_cast<int32_t>(std::clamp<int64_t>(value, 0, std::numeric_limits<int32_t>::max()));
}

template <class T>
void hold(std::vector<T>& held, T thing) {
  const auto at = std::ranges::upper_bound(held, thing);
  held.insert(at, std::move(thing));
}

template <class T>
void release(std::vector<T>& held, const T& thing) {
  const auto at = std::ranges::lower_bound(held, thing);
  CHECK(at != held.end() && *at == thing, "something that was not in use is given back");
  held.erase(at);
}

template <class T>
void change(std::vector<T>& held, T thing, int sign) {
  if (sign > 0) {
    hold(held, std::move(thing));
  } else {
    release(held, thing);
  }
}

// How many cores and devices of its own an allocation holds.
struct Counts {
  int32_t cores = 0;
  int32_t devices = 0;
};

Counts change_holdings(Holdings& held, const GroupAsk& ask, const model::Allocation& alloc, int sign) {
  Counts counts;
  for (const model::AllocatedPort& port : alloc.ports) {
    if (!ask.shares(port.value)) change(held.ports, static_cast<uint16_t>(port.value), sign);
  }
  for (const model::AllocatedCores& task : alloc.cores) {
    for (const int32_t core : task.cores) change(held.cores, core, sign);
    counts.cores += static_cast<int32_t>(task.cores.size());
  }
  for (const model::AllocatedDevice& device : alloc.devices) {
    const std::string kind = device_kind(device.vendor, device.type, device.name);
    for (const std::string& id : device.device_ids) change(held.devices, UsedDevice{kind, id}, sign);
    counts.devices += static_cast<int32_t>(device.device_ids.size());
  }
  return counts;
}

int32_t healthy_devices(const model::Node& node) {
  int64_t count = 0;
  for (const model::NodeDeviceGroup& group : node.devices) {
    count += std::ranges::count_if(group.instances, &model::DeviceInstance::healthy);
  }
  return narrow(count);
}

}  // namespace

uint32_t ColumnsEditor::add_node(const model::Node& node) {
  uint32_t slot = 0;
  if (!next_.free_slots_.empty()) {
    slot = next_.free_slots_.back();
    next_.free_slots_.pop_back();
  } else {
    slot = static_cast<uint32_t>(next_.slots_++);
    if (slot / kColumnChunk == next_.chunks_.size()) {
      next_.chunks_.push_back(std::make_shared<const ColumnChunk>());
      next_.holdings_.emplace_back();
    }
  }
  ColumnChunk& at = chunk(slot);
  at.node_id[slot % kColumnChunk] = node.id;
  at.node_class[slot % kColumnChunk] = use_class(node.computed_class);
  set_capacity(slot, node);
  if (!node.reserved.ports.empty()) {
    Holdings held;
    for (const int32_t port : node.reserved.ports) hold(held.ports, static_cast<uint16_t>(port));
    set_holdings(slot, std::move(held));
  }
  return slot;
}

void ColumnsEditor::update_node(uint32_t slot, const model::Node& before, const model::Node& after) {
  set_capacity(slot, after);
  if (before.computed_class != after.computed_class) {
    chunk(slot).node_class[slot % kColumnChunk] = use_class(after.computed_class);
    drop_class(before.computed_class);
  }
  if (before.reserved.ports != after.reserved.ports) {
    Holdings held = next_.holdings(slot);
    for (const int32_t port : before.reserved.ports) release(held.ports, static_cast<uint16_t>(port));
    for (const int32_t port : after.reserved.ports) hold(held.ports, static_cast<uint16_t>(port));
    set_holdings(slot, std::move(held));
  }
}

void ColumnsEditor::remove_node(uint32_t slot, const model::Node& node) {
  ColumnChunk& at = chunk(slot);
  const size_t i = slot % kColumnChunk;
  at.cpu_capacity[i] = at.memory_capacity[i] = at.disk_capacity[i] = 0;
  at.cores_capacity[i] = at.core_cpu[i] = at.devices_capacity[i] = 0;
  at.cpu_used[i] = at.memory_used[i] = at.disk_used[i] = at.alloc_count[i] = 0;
  at.cores_used[i] = at.devices_used[i] = 0;
  at.node_class[i] = 0;
  at.ready[i] = 0;
  at.node_id[i] = model::NodeId();
  if (!next_.holdings(slot).empty()) set_holdings(slot, {});
  drop_class(node.computed_class);
  next_.free_slots_.push_back(slot);
}

void ColumnsEditor::occupy(uint32_t slot, const GroupAsk& ask, const model::Allocation& alloc, int sign) {
  ColumnChunk& at = chunk(slot);
  const size_t i = slot % kColumnChunk;
  at.cpu_used[i] += sign * ask.cpu;
  at.memory_used[i] += sign * ask.memory_mb;
  at.disk_used[i] += sign * ask.disk_mb;
  at.alloc_count[i] += sign;
  if (alloc.ports.empty() && alloc.cores.empty() && alloc.devices.empty()) return;
  Holdings held = next_.holdings(slot);
  const Counts counts = change_holdings(held, ask, alloc, sign);
  at.cores_used[i] += sign * counts.cores;
  at.cpu_used[i] += sign * counts.cores * at.core_cpu[i];
  at.devices_used[i] += sign * counts.devices;
  set_holdings(slot, std::move(held));
}

Columns ColumnsEditor::freeze() {
  owned_.clear();
  owned_holdings_.clear();
  return next_;
}

ColumnChunk& ColumnsEditor::chunk(uint32_t slot) {
  const size_t at = slot / kColumnChunk;
  if (owned_.size() <= at) owned_.resize(next_.chunks_.size());
  if (!owned_[at]) {
    auto copy = std::make_shared<ColumnChunk>(*next_.chunks_[at]);
    owned_[at] = copy.get();
    next_.chunks_[at] = std::move(copy);
  }
  return *owned_[at];
}

ColumnsEditor::HoldingsChunk& ColumnsEditor::holdings_chunk(uint32_t slot) {
  const size_t at = slot / kColumnChunk;
  if (owned_holdings_.size() <= at) owned_holdings_.resize(next_.holdings_.size());
  if (!owned_holdings_[at]) {
    const auto& shared = next_.holdings_[at];
    auto copy = shared ? std::make_shared<HoldingsChunk>(*shared) : std::make_shared<HoldingsChunk>(kColumnChunk);
    owned_holdings_[at] = copy.get();
    next_.holdings_[at] = std::move(copy);
  }
  return *owned_holdings_[at];
}

void ColumnsEditor::set_holdings(uint32_t slot, Holdings holdings) {
  auto& at = holdings_chunk(slot)[slot % kColumnChunk];
  at = holdings.empty() ? nullptr : std::make_shared<const Holdings>(std::move(holdings));
}

void ColumnsEditor::set_capacity(uint32_t slot, const model::Node& node) {
  ColumnChunk& at = chunk(slot);
  const size_t i = slot % kColumnChunk;
  const int32_t core_cpu = node.cores.empty() ? 0 : narrow(node.resources.cpu / std::ssize(node.cores));
  at.cpu_used[i] += at.cores_used[i] * (core_cpu - at.core_cpu[i]);
  at.core_cpu[i] = core_cpu;
  at.cores_capacity[i] = narrow(std::ssize(node.cores));
  at.devices_capacity[i] = healthy_devices(node);
  at.cpu_capacity[i] = narrow(node.resources.cpu - node.reserved.cpu);
  at.memory_capacity[i] = narrow(node.resources.memory_mb - node.reserved.memory_mb);
  at.disk_capacity[i] = narrow(node.resources.disk_mb - node.reserved.disk_mb);
  at.ready[i] = node.accepts_work() ? 1 : 0;
}

uint32_t ColumnsEditor::use_class(const std::string& name) {
  auto uses = std::move(next_.class_use_).transient();
  Columns::ClassUse* use = uses.edit(name);
  if (!use) {
    uint32_t number = 0;
    for (const auto& entry : next_.class_names_) {
      if (entry.key != number) break;
      ++number;
    }
    next_.class_limit_ = std::max(next_.class_limit_, number + 1);
    uses.insert_or_assign(name, Columns::ClassUse{.number = number});
    use = uses.edit(name);
    auto names = std::move(next_.class_names_).transient();
    names.insert_or_assign(number, name);
    next_.class_names_ = std::move(names).persistent();
  }
  ++use->nodes;
  const uint32_t number = use->number;
  next_.class_use_ = std::move(uses).persistent();
  return number;
}

void ColumnsEditor::drop_class(const std::string& name) {
  auto uses = std::move(next_.class_use_).transient();
  Columns::ClassUse* use = uses.edit(name);
  CHECK(use && use->nodes > 0, "a node class that is not in use is given back");
  if (--use->nodes == 0) {
    auto names = std::move(next_.class_names_).transient();
    names.erase(use->number);
    next_.class_names_ = std::move(names).persistent();
    uses.erase(name);
  }
  next_.class_use_ = std::move(uses).persistent();
}

}  // namespace drover::state
