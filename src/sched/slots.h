#pragma once

#include "state/view.h"

#include <cstddef>
#include <cstdint>

// Nodes by their slot in the columns.
namespace drover::sched {

// Null: the slot is free.
inline state::Row<model::Node> node_in(const state::Snapshot& snapshot, size_t slot) {
  return snapshot.node(snapshot.columns().node_id(slot));
}

inline uint32_t class_in(const state::Columns& columns, size_t slot) {
  return columns.chunks()[slot / state::kColumnChunk]->node_class[slot % state::kColumnChunk];
}

}  // namespace drover::sched
