#pragma once

#include "rpc/messages.h"
#include "state/view.h"

#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

namespace drover::server {

// What a node has been told over its stream.
struct SentAssignments {
  bool any = false;
  std::unordered_map<model::AllocId, uint64_t> allocs;  // alloc_modify_index
  std::set<std::pair<model::JobKey, uint64_t>> jobs;    // and versions
};

// What it has to be told next, which counts as sent; nothing if it knows everything.
std::optional<rpc::Assignments> next_assignments(const state::Snapshot& snapshot, const model::NodeId& node,
                                                 SentAssignments& sent);

}  // namespace drover::server
