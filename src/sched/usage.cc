#include "sched/usage.h"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "base/check.h"

namespace drover::sched {
namespace {

using state::kColumnChunk;

double power_of_ten(double exponent) {
  return std::exp2(exponent * 3.321928094887362);
}

template <class Array>
void copy_column(const state::Columns& columns, Array state::ColumnChunk::* column, std::vector<int32_t>& out) {
  out.reserve(columns.chunks().size() * kColumnChunk);
  for (const auto& chunk : columns.chunks()) {
    out.insert(out.end(), ((*chunk).*column).begin(), ((*chunk).*column).end());
  }
}

bool is_dynamic(int32_t port) {
  return port >= model::kMinDynamicPort && port < model::kMaxDynamicPort;
}

}  // namespace

Usage::Usage(const state::Columns& columns) : columns_(columns) {
  copy_column(columns, &state::ColumnChunk::cpu_used, cpu_used_);
  copy_column(columns, &state::ColumnChunk::memory_used, memory_used_);
  copy_column(columns, &state::ColumnChunk::disk_used, disk_used_);
}

bool Usage::fits(size_t slot, const state::GroupAsk& ask) const {
  const state::ColumnChunk& c = chunk(slot);
  const size_t i = slot % kColumnChunk;
  if (int64_t{cpu_used_[slot]} + ask.cpu > c.cpu_capacity[i] ||
      int64_t{memory_used_[slot]} + ask.memory_mb > c.memory_capacity[i] ||
      int64_t{disk_used_[slot]} + ask.disk_mb > c.disk_capacity[i]) {
    return false;
  }
  for (const uint16_t port : ask.static_ports) {
    if (port_in_use(slot, port)) return false;
  }
  return ask.dynamic_ports == 0 || free_dynamic_ports(slot) >= ask.dynamic_ports;
}

std::optional<std::string> Usage::misfit(size_t slot, const state::GroupAsk& ask) const {
  if (fits(slot, ask)) return std::nullopt;
  const state::ColumnChunk& c = chunk(slot);
  const size_t i = slot % kColumnChunk;
  if (int64_t{cpu_used_[slot]} + ask.cpu > c.cpu_capacity[i]) return "cpu";
  if (int64_t{memory_used_[slot]} + ask.memory_mb > c.memory_capacity[i]) return "memory";
  if (int64_t{disk_used_[slot]} + ask.disk_mb > c.disk_capacity[i]) return "disk";
  for (const uint16_t port : ask.static_ports) {
    if (port_in_use(slot, port)) return fmt::format("network: reserved port collision {}", port);
  }
  return "network: dynamic port selection failed";
}

void Usage::add(size_t slot, const state::GroupAsk& ask, const std::vector<model::AllocatedPort>& ports) {
  cpu_used_[slot] += ask.cpu;
  memory_used_[slot] += ask.memory_mb;
  disk_used_[slot] += ask.disk_mb;
  for (const model::AllocatedPort& port : ports) ++port_changes_[slot][port.value];
}

void Usage::remove(size_t slot, const state::GroupAsk& ask, const std::vector<model::AllocatedPort>& ports) {
  cpu_used_[slot] -= ask.cpu;
  memory_used_[slot] -= ask.memory_mb;
  disk_used_[slot] -= ask.disk_mb;
  for (const model::AllocatedPort& port : ports) --port_changes_[slot][port.value];
}

bool Usage::port_in_use(size_t slot, int32_t port) const {
  const state::PortSet& held = columns_.ports(slot);
  const auto range = std::equal_range(held.begin(), held.end(), static_cast<uint16_t>(port));
  auto holders = range.second - range.first;
  if (const auto changes = port_changes_.find(slot); changes != port_changes_.end()) {
    const auto change = changes->second.find(port);
    if (change != changes->second.end()) holders += change->second;
  }
  return holders > 0;
}

int32_t Usage::free_dynamic_ports(size_t slot) const {
  const state::PortSet& held = columns_.ports(slot);
  const auto first = std::lower_bound(held.begin(), held.end(), static_cast<uint16_t>(model::kMinDynamicPort));
  const auto last = std::lower_bound(first, held.end(), static_cast<uint16_t>(model::kMaxDynamicPort));
  auto free = model::kMaxDynamicPort - model::kMinDynamicPort - static_cast<int32_t>(last - first);
  if (const auto changes = port_changes_.find(slot); changes != port_changes_.end()) {
    for (const auto& [port, change] : changes->second) {
      if (is_dynamic(port)) free -= change;
    }
  }
  return free;
}

std::vector<int32_t> Usage::pick_dynamic(size_t slot, int32_t count, uint64_t seed) const {
  constexpr uint64_t kRange = model::kMaxDynamicPort - model::kMinDynamicPort;
  std::vector<int32_t> picked;
  for (uint64_t i = 0; i < kRange && picked.size() < static_cast<size_t>(count); ++i) {
    const auto port = static_cast<int32_t>(model::kMinDynamicPort + (seed + i) % kRange);
    if (!port_in_use(slot, port)) picked.push_back(port);
  }
  CHECK(picked.size() == static_cast<size_t>(count), "ports are picked only where they fit");
  return picked;
}

double Usage::binpack(size_t slot, const state::GroupAsk& ask) const {
  const state::ColumnChunk& c = chunk(slot);
  const size_t i = slot % kColumnChunk;
  const auto free = [](int32_t used, int32_t more, int32_t capacity) {
    return capacity > 0 ? 1 - (static_cast<double>(used) + more) / capacity : 0.0;
  };
  const double free_cpu = free(cpu_used_[slot], ask.cpu, c.cpu_capacity[i]);
  const double free_memory = free(memory_used_[slot], ask.memory_mb, c.memory_capacity[i]);
  return std::clamp(20 - power_of_ten(free_cpu) - power_of_ten(free_memory), 0.0, 18.0) / 18;
}

}  // namespace drover::sched
