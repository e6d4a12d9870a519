#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace drover::state {

// The tables of the state store, in the order in which they are loaded. Names are stored and never change; a new table
// goes to the end.
enum class Table : uint8_t {
  Nodes,
  Jobs,
  JobVersions,
  Evaluations,
  Allocations,
  Services,
  Meta,
  Deployments,
  PeriodicLaunches,
  ScalingEvents,
  SchedulerConfig,
  Markets,
};
inline constexpr size_t kTableCount = 12;

std::span<const std::string_view, kTableCount> table_names();

// A set of tables.
class TableSet {
 public:
  constexpr TableSet() = default;
  constexpr TableSet(std::initializer_list<Table> tables) {
    for (const Table table : tables) add(table);
  }
  constexpr void add(Table table) { bits_ |= 1u << static_cast<unsigned>(table); }
  constexpr bool has(Table table) const { return (bits_ >> static_cast<unsigned>(table) & 1u) != 0; }
  constexpr bool intersects(TableSet other) const { return (bits_ & other.bits_) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr uint32_t bits() const { return bits_; }

 private:
  uint32_t bits_ = 0;
};

}  // namespace drover::state
