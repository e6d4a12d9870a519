#pragma once

#include "rpc/messages.h"
#include "server/state_changes.h"
#include "state/view.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace drover::server {

// Jobs as the records that nodes are sent, encoded once however many nodes get them. What was used long ago is dropped.
class JobRecords {
 public:
  rpc::JobRecord of(const state::Row<model::Job>& job);

 private:
  struct Entry {
    state::Row<model::Job> job;  // keeps its address
    std::string record;
  };
  std::unordered_map<const model::Job*, Entry> records_;
  size_t bytes_ = 0;
};

// What a node has still to be told over its stream: at first everything that is on it, then what changes.
class NodeAssignments {
 public:
  // As many as this are named in one message, the rest in the next ones.
  static constexpr size_t kMostInMessage = 512;

  // From the beginning of a stream, for the allocations in this snapshot.
  NodeAssignments(const state::Snapshot& snapshot, const model::NodeId& node);

  // A change of one of the node's allocations. What the snapshot of the beginning has is known already.
  void note(const RowChange<model::Allocation>& change);

  bool waiting() const { return !complete_ || !waiting_.empty(); }
  // The next message, which counts as sent; nothing if the node knows everything. REQUIRES a snapshot that is not older
  // than what was noted.
  std::optional<rpc::Assignments> next(const state::Snapshot& snapshot, JobRecords& records);

 private:
  std::vector<model::AllocId> take();
  void add(const state::Snapshot& snapshot, const model::AllocId& id, JobRecords& records, rpc::Assignments& out);

  uint64_t begun_at_;
  bool complete_ = false;
  std::vector<model::AllocId> named_;  // until it is complete
  std::vector<model::AllocId> waiting_;
  std::unordered_set<uint64_t> sent_jobs_;  // by job_modify_index, which no two versions share
};

}  // namespace drover::server
