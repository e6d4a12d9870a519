#pragma once

#include "model/ids.h"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace drover::state {

// What the scheduler scans: the capacity and use of every node in columns (structure of arrays), kept up to date by
// each commit and shared between snapshots in chunks (design.md D5). A node keeps its slot until it is purged.
//
// Units: MHz, MB. `used` counts the allocations that are not terminal; capacity is what the node has minus what it
// reserves.
inline constexpr size_t kColumnChunk = 256;

struct ColumnChunk {
  std::array<int32_t, kColumnChunk> cpu_capacity{};
  std::array<int32_t, kColumnChunk> memory_capacity{};
  std::array<int32_t, kColumnChunk> disk_capacity{};
  std::array<int32_t, kColumnChunk> cpu_used{};
  std::array<int32_t, kColumnChunk> memory_used{};
  std::array<int32_t, kColumnChunk> disk_used{};
  std::array<int32_t, kColumnChunk> alloc_count{};    // not terminal
  std::array<uint32_t, kColumnChunk> node_class{};    // index into Columns::classes()
  std::array<uint8_t, kColumnChunk> ready{};          // the slot holds a node that accepts work
  std::array<model::NodeId, kColumnChunk> node_id{};  // none: the slot is free
};

// Host ports in use on one node (allocations and the node's own reservations), sorted. Shared; null means none.
using PortSet = std::vector<uint16_t>;

class Columns {
 public:
  size_t slots() const { return slots_; }
  const std::vector<std::shared_ptr<const ColumnChunk>>& chunks() const { return chunks_; }

  // The ports in use on the node in `slot`; never null.
  const PortSet& ports(size_t slot) const;

 private:
  friend class ColumnsEditor;
  size_t slots_ = 0;
  std::vector<std::shared_ptr<const ColumnChunk>> chunks_;
  std::vector<std::shared_ptr<const std::vector<std::shared_ptr<const PortSet>>>> ports_;  // in chunks, as above
};

}  // namespace drover::state
