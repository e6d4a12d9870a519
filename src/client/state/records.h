#pragma once

#include "base/clock.h"
#include "client/network/network_record.h"
#include "client/tasks/restart_tracker.h"
#include "codec/fwd.h"
#include "drivers/task_handle.h"
#include "model/allocation.h"
#include "model/job.h"
#include "model/node.h"

#include <cstdint>
#include <optional>
#include <string>

// What the agent keeps of its allocations across restarts: storage records, one file each.
namespace drover::client {

// Data that an allocation has to be given before its tasks start: that of its previous allocation.
struct PendingData {
  std::string http;  // the agent that has it, "10.0.0.1:4646"; "": this one, or nobody any more
};
void describe(codec::StructBuilder& d, PendingData& r);

struct AllocRecord {
  model::Allocation alloc;
  model::Job job;
  std::optional<NetworkRecord> network;  // to be removed, also if it was not finished
  std::optional<PendingData> data;
};
void describe(codec::StructBuilder& d, AllocRecord& r);

// How a task ended, kept until the end has been dealt with.
struct ExitRecord {
  int64_t exit_code = 0;
  int64_t signal = 0;
  bool oom_killed = false;
  std::string error;
};
void describe(codec::StructBuilder& d, ExitRecord& r);

struct TaskRecord {
  model::TaskState state;
  std::optional<drivers::TaskHandle> handle;  // there is a task
  std::optional<ExitRecord> exit;             // it has ended
  RestartHistory restarts;
  WallTime restart_at;    // 0, or when its backoff ends
  bool prepared = false;  // hooks have succeeded once
  bool killed = false;    // it was told to end
};
void describe(codec::StructBuilder& d, TaskRecord& r);

// Who this node is.
struct IdentityRecord {
  model::NodeId node_id;
  Uuid secret_id;
};
void describe(codec::StructBuilder& d, IdentityRecord& r);

}  // namespace drover::client
