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

Holdings reservations_of(const model::Node& node) {
  Holdings out;
  for (const int32_t port : node.reserved.ports) out.ports.push_back(static_cast<uint16_t>(port));
  std::ranges::sort(out.ports);
  return out;
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
    set_holdings(slot, reservations_of(node));
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
    CHECK(held.remove(reservations_of(before)), "reserved ports that were not in use are given back");
    held.add(reservations_of(after));
    set_holdings(slot, std::move(held));
  }
}

void ColumnsEditor::remove_node(uint32_t slot, const model::Node& node) {
  ColumnChunk& at = chunk(slot);
  const size_t i = slot % kColumnChunk;
  at.cpu_capacity[i] = at.memory_capacity[i] = at.disk_capacity[i] = 0;
  at.cores_capacity[i] = at.core_cpu[i] = 0;
  at.cpu_used[i] = at.memory_used[i] = at.disk_used[i] = at.alloc_count[i] = 0;
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
  const Holdings own = holdings_of(alloc);
  if (sign > 0) {
    held.add(own);
  } else {
    CHECK(held.remove(own), "something that was not in use is given back");
  }
  at.cpu_used[i] += sign * static_cast<int32_t>(own.cores.size()) * at.core_cpu[i];
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
  at.cpu_used[i] += static_cast<int32_t>(next_.holdings(slot).cores.size()) * (core_cpu - at.core_cpu[i]);
  at.core_cpu[i] = core_cpu;
  at.cores_capacity[i] = narrow(std::ssize(node.cores));
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
