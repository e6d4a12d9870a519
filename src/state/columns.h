#pragma once

#include "base/persistent_map.h"
#include "model/ids.h"
#include "state/holdings.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace drover::state {

// What the scheduler scans: the capacity and use of every node in columns (structure of arrays), kept up to date by
// each commit and shared between snapshots in chunks (design.md D5). A node keeps its slot until it is purged.
//
// Units: MHz, MB. `used` counts the allocations that are not terminal; capacity is what the node has minus what it
// reserves. A node's datacenter, pool and whatever else most constraints look at are a part of its class.
inline constexpr size_t kColumnChunk = 256;

struct ColumnChunk {
  std::array<int32_t, kColumnChunk> cpu_capacity{};
  std::array<int32_t, kColumnChunk> memory_capacity{};
  std::array<int32_t, kColumnChunk> disk_capacity{};
  std::array<int32_t, kColumnChunk> cpu_used{};
  std::array<int32_t, kColumnChunk> memory_used{};
  std::array<int32_t, kColumnChunk> disk_used{};
  std::array<int32_t, kColumnChunk> cores_capacity{};  // cores that may be given to one task alone
  std::array<int32_t, kColumnChunk> core_cpu{};        // MHz of each of them; counted in cpu_used
  std::array<int32_t, kColumnChunk> alloc_count{};     // not terminal
  std::array<uint32_t, kColumnChunk> node_class{};     // below Columns::class_limit()
  std::array<uint8_t, kColumnChunk> ready{};           // the slot holds a node that accepts work
  std::array<model::NodeId, kColumnChunk> node_id{};   // none: the slot is free
};

class Columns {
 public:
  size_t slots() const { return slots_; }
  const std::vector<std::shared_ptr<const ColumnChunk>>& chunks() const { return chunks_; }

  // REQUIRES slot < slots(). No id: the slot is free.
  const model::NodeId& node_id(size_t slot) const { return chunks_[slot / kColumnChunk]->node_id[slot % kColumnChunk]; }

  // What is in use on the node in `slot`.
  const Holdings& holdings(size_t slot) const;
  const PortSet& ports(size_t slot) const { return holdings(slot).ports; }

  // Computed node classes are numbered below this limit; a number is reused once no node has its class.
  uint32_t class_limit() const { return class_limit_; }
  // "" for a number that is not in use.
  const std::string& class_name(uint32_t node_class) const;

 private:
  friend class ColumnsEditor;

  struct ClassUse {
    uint32_t number = 0;
    uint32_t nodes = 0;
  };

  size_t slots_ = 0;
  std::vector<uint32_t> free_slots_;
  std::vector<std::shared_ptr<const ColumnChunk>> chunks_;
  std::vector<std::shared_ptr<const std::vector<std::shared_ptr<const Holdings>>>> holdings_;  // in chunks; null: none
  uint32_t class_limit_ = 0;
  PersistentMap<std::string, ClassUse> class_use_;
  PersistentMap<uint32_t, std::string> class_names_;
};

}  // namespace drover::state
