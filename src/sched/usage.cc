#include "sched/usage.h"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "base/check.h"

namespace drover::sched {
namespace {

using state::kColumnChunk;

template <class Array>
void copy_column(const state::Columns& columns, Array state::ColumnChunk::* column, std::vector<int32_t>& out) {
  out.reserve(columns.chunks().size() * kColumnChunk);
  for (const auto& chunk : columns.chunks()) {
    out.insert(out.end(), ((*chunk).*column).begin(), ((*chunk).*column).end());
  }
}

}  // namespace

Usage::Usage(const state::Columns& columns) : columns_(columns) {
  copy_column(columns, &state::ColumnChunk::cpu_used, cpu_used_);
  copy_column(columns, &state::ColumnChunk::memory_used, memory_used_);
  copy_column(columns, &state::ColumnChunk::disk_used, disk_used_);
}

int64_t Usage::cpu_of(size_t slot, const state::GroupAsk& ask) const {
  if (ask.cores == 0) return ask.cpu;
  return int64_t{ask.cpu} + int64_t{ask.cores} * chunk(slot).core_cpu[slot % kColumnChunk];
}

Usage::Excess Usage::excess(size_t slot, const state::GroupAsk& ask) const {
  const state::ColumnChunk& c = chunk(slot);
  const size_t i = slot % kColumnChunk;
  Excess out{.cpu = cpu_used_[slot] + cpu_of(slot, ask) - c.cpu_capacity[i],
             .memory_mb = int64_t{memory_used_[slot]} + ask.memory_mb - c.memory_capacity[i],
             .disk_mb = int64_t{disk_used_[slot]} + ask.disk_mb - c.disk_capacity[i]};
  if (ask.cores > 0) out.cores = std::ssize(holdings(slot).cores) + ask.cores - c.cores_capacity[i];
  return out;
}

bool Usage::fits(size_t slot, const state::GroupAsk& ask) const {
  const Excess over = excess(slot, ask);
  if (over.cpu > 0 || over.memory_mb > 0 || over.disk_mb > 0 || over.cores > 0) return false;
  for (const uint16_t port : ask.static_ports) {
    if (port_in_use(slot, port)) return false;
  }
  return ask.dynamic_ports == 0 || free_dynamic_ports(slot) >= ask.dynamic_ports;
}

std::optional<std::string> Usage::misfit(size_t slot, const state::GroupAsk& ask) const {
  if (fits(slot, ask)) return std::nullopt;
  const Excess over = excess(slot, ask);
  if (over.cores > 0) return "cores";
  if (over.cpu > 0) return "cpu";
  if (over.memory_mb > 0) return "memory";
  if (over.disk_mb > 0) return "disk";
  for (const uint16_t port : ask.static_ports) {
    if (port_in_use(slot, port)) return fmt::format("network: reserved port collision {}", port);
  }
  return "network: dynamic port selection failed";
}

void Usage::change(size_t slot, const state::GroupAsk& ask, const model::Allocation& alloc, int sign) {
  cpu_used_[slot] += sign * ask.cpu;
  memory_used_[slot] += sign * ask.memory_mb;
  disk_used_[slot] += sign * ask.disk_mb;
  if (alloc.ports.empty() && alloc.cores.empty() && alloc.devices.empty()) return;
  const state::Holdings own = state::holdings_of(alloc);
  cpu_used_[slot] += sign * static_cast<int32_t>(own.cores.size()) * chunk(slot).core_cpu[slot % kColumnChunk];
  const auto [at, first] = touched_.try_emplace(slot);
  if (first) at->second = columns_.holdings(slot);
  if (sign > 0) {
    at->second.add(own);
  } else {
    at->second.remove(own);
  }
}

const state::Holdings& Usage::holdings(size_t slot) const {
  const auto touched = touched_.find(slot);
  return touched == touched_.end() ? columns_.holdings(slot) : touched->second;
}

bool Usage::port_in_use(size_t slot, int32_t port) const {
  return std::ranges::binary_search(holdings(slot).ports, static_cast<uint16_t>(port));
}

int32_t Usage::free_dynamic_ports(size_t slot) const {
  const state::PortSet& held = holdings(slot).ports;
  const auto first = std::ranges::lower_bound(held, static_cast<uint16_t>(model::kMinDynamicPort));
  const auto last = std::lower_bound(first, held.end(), static_cast<uint16_t>(model::kMaxDynamicPort));
  return model::kMaxDynamicPort - model::kMinDynamicPort - static_cast<int32_t>(last - first);
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

// 10^free_cpu + 10^free_memory: from 2 for a full node to 20 for an empty one.
double Usage::sum_of_powers(size_t slot, const state::GroupAsk& ask) const {
  const state::ColumnChunk& c = chunk(slot);
  const size_t i = slot % kColumnChunk;
  const auto free = [](int32_t used, int64_t more, int32_t capacity) {
    return capacity > 0 ? 1 - (static_cast<double>(used) + static_cast<double>(more)) / capacity : 0.0;
  };
  return cpu_power_.of(free(cpu_used_[slot], cpu_of(slot, ask), c.cpu_capacity[i])) +
         memory_power_.of(free(memory_used_[slot], ask.memory_mb, c.memory_capacity[i]));
}

double Usage::PowerOfTen::of(double exponent) {
  if (exponent != exponent_) {
    exponent_ = exponent;
    value_ = std::exp2(exponent * 3.321928094887362);
  }
  return value_;
}

double Usage::binpack(size_t slot, const state::GroupAsk& ask) const {
  return std::clamp(20 - sum_of_powers(slot, ask), 0.0, 18.0) / 18;
}

double Usage::evenness(size_t slot, const state::GroupAsk& ask) const {
  return std::clamp(sum_of_powers(slot, ask) - 2, 0.0, 18.0) / 18;
}

}  // namespace drover::sched
