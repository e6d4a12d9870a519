#include "sim/invariants.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "state/ask.h"

namespace drover::sim {
namespace {

using model::Allocation;
using model::ClientStatus;

// What stands on a node, added up in the plainest way there is.
class Load {
 public:
  int64_t cpu = 0, memory = 0, disk = 0;
  std::set<int32_t> ports;
  std::set<int32_t> cores;
  std::set<std::string> devices;

  Status add(const Allocation& alloc, const model::TaskGroup& group) {
    const state::GroupAsk ask = state::group_ask(group);
    cpu += ask.cpu;
    memory += ask.memory_mb;
    disk += ask.disk_mb;
    for (const model::AllocatedPort& port : alloc.ports) {
      if (ask.shares(port.value)) continue;
      if (!ports.insert(port.value).second) return err(ErrorCode::Internal, "port {} is held twice", port.value);
    }
    Claims<int32_t> own_cores;
    for (const model::AllocatedCores& task : alloc.cores) {
      for (const int32_t core : task.cores) TRY(claim(own_cores, core, stage_of(group, task.task), "core"));
    }
    Claims<std::string> own_devices;
    for (const model::AllocatedDevice& device : alloc.devices) {
      for (const std::string& id : device.device_ids) {
        const std::string name = device.vendor + "/" + device.type + "/" + device.name + "/" + id;
        TRY(claim(own_devices, name, stage_of(group, device.task), "device"));
      }
    }
    TRY(hold(cores, own_cores, "core"));
    return hold(devices, own_devices, "device");
  }

 private:
  // By what is claimed: the stages of the tasks that have it.
  template <class T>
  using Claims = std::map<T, std::set<std::string>>;

  static std::string stage_of(const model::TaskGroup& group, const std::string& name) {
    const model::Task* task = group.find_task(name);
    return task ? task->stage : "";
  }

  // Within an allocation only tasks of different stages have the same.
  template <class T>
  static Status claim(Claims<T>& claims, const T& thing, const std::string& stage, const char* kind) {
    std::set<std::string>& stages = claims[thing];
    const bool alone = stages.empty();
    const bool fresh = stages.insert(stage).second;
    if (alone || (fresh && !stages.contains(""))) return Ok{};
    return err(ErrorCode::Internal, "{} {} is held twice at a time by one allocation", kind, thing);
  }

  template <class T>
  static Status hold(std::set<T>& held, const Claims<T>& claims, const char* kind) {
    for (const auto& [thing, stages] : claims) {
      if (!held.insert(thing).second) return err(ErrorCode::Internal, "{} {} is held twice", kind, thing);
    }
    return Ok{};
  }
};

}  // namespace

Status check_node(const state::Snapshot& snapshot, const model::NodeId& id) {
  const auto node = snapshot.node(id);
  if (!node) return Ok{};
  Load load;
  for (const auto& entry : snapshot.allocs_of_node(id)) {
    if (entry.value->terminal()) continue;
    const auto job = snapshot.job_of(*entry.value);
    const model::TaskGroup* group = job ? job->find_group(entry.value->task_group) : nullptr;
    if (!group) return err(ErrorCode::Internal, "the job version of allocation {} is gone", entry.value->id.str());
    const Status added = load.add(*entry.value, *group);
    if (!added) return err(added.error().context("on " + node->name));
  }
  const auto free = [&](int64_t has, int64_t reserved, int64_t used) { return has - reserved - used; };
  const bool fits = free(node->resources.cpu, node->reserved.cpu, load.cpu) >= 0 &&
                    free(node->resources.memory_mb, node->reserved.memory_mb, load.memory) >= 0 &&
                    free(node->resources.disk_mb, node->reserved.disk_mb, load.disk) >= 0;
  if (!fits) {
    return err(ErrorCode::Internal, "{} holds more than it has: {} MHz, {} MB, {} MB of disk", node->name, load.cpu,
               load.memory, load.disk);
  }
  for (const int32_t port : node->reserved.ports) {
    if (load.ports.contains(port)) return err(ErrorCode::Internal, "reserved port {} is held on {}", port, node->name);
  }
  return Ok{};
}

Status check_successor(const Allocation& before, const Allocation& after) {
  const std::string id = before.id.str();
  if (before.client_terminal() && !after.client_terminal()) {
    return err(ErrorCode::Internal, "allocation {} had ended and has not any more", id);
  }
  const bool both_told = before.client_status == ClientStatus::Complete || before.client_status == ClientStatus::Failed;
  if (both_told && after.client_status != before.client_status) {
    return err(ErrorCode::Internal, "allocation {} has ended in two ways", id);
  }
  if (before.server_terminal() && !after.server_terminal()) {
    return err(ErrorCode::Internal, "allocation {} was to stop and is not any more", id);
  }
  if (before.node_id != after.node_id || before.job_key() != after.job_key()) {
    return err(ErrorCode::Internal, "allocation {} has moved", id);
  }
  return Ok{};
}

namespace {

// How many of a group there may be: what its job wants; while an evaluation of it waits, what any kept version wanted.
struct Bound {
  int32_t count = 0;
  int32_t canaries = 0;
};

Bound bound_of(const state::Snapshot& snapshot, const model::JobKey& key, const std::string& group, bool waiting) {
  Bound bound;
  const auto take = [&](const model::Job& job) {
    const model::TaskGroup* found = job.find_group(group);
    if (!found) return;
    if (!job.stop || waiting) bound.count = std::max(bound.count, found->count);
    if (found->update) bound.canaries = std::max(bound.canaries, found->update->canary.value_or(0));
  };
  if (const auto job = snapshot.job(key)) take(*job);
  if (waiting) {
    for (const auto& version : snapshot.versions_of_job(key)) take(*version);
  }
  return bound;
}

}  // namespace

Status check_counts(const state::Snapshot& snapshot, const model::JobKey& key) {
  const auto job = snapshot.job(key);
  if (!job || job->type == model::JobType::System || job->type == model::JobType::Sysbatch) return Ok{};
  const bool waiting = std::ranges::any_of(snapshot.evals_of_job(key), [](const auto& entry) {
    return !entry.value->terminal() && entry.value->status != model::EvalStatus::Blocked;
  });
  std::map<std::string, int32_t> live;
  for (const auto& entry : snapshot.allocs_of_job(key)) {
    const Allocation& alloc = *entry.value;
    if (alloc.terminal() || alloc.client_status == ClientStatus::Unknown) continue;
    if (alloc.deployment_status && alloc.deployment_status->canary) continue;
    if (waiting && !alloc.next_allocation.empty()) continue;  // came back, and its stand-in runs
    if (waiting && alloc.create_index < job->create_index)
      continue;  // of an earlier job of this name, which was purged
    const auto node = snapshot.node(alloc.node_id);
    if (!node || node->status != model::NodeStatus::Ready) continue;
    ++live[alloc.task_group];
  }
  for (const auto& [group, count] : live) {
    const Bound bound = bound_of(snapshot, key, group, waiting);
    // Canaries that were promoted take the places of others with the next evaluation.
    const int32_t most = bound.count + (waiting ? bound.canaries : 0);
    if (count > most) {
      return err(ErrorCode::Internal, "job {} wants {} of group {}, but {} are to run", key.id, most, group, count);
    }
  }
  return Ok{};
}

Status check_replay(std::span<const state::Command> history, const Rows& rows) {
  state::Snapshot snapshot;
  Rows replayed;
  for (const state::Command& written : history) {
    TRY_LET(const state::Command command, state::decode_command(state::encode_command(written)));
    state::Draft draft(snapshot);
    TRY(state::apply(draft, command));
    for (state::RowChange& change : draft.take_changes()) {
      const std::pair key{static_cast<uint16_t>(change.table), std::move(change.key)};
      if (change.value) {
        replayed[key] = std::move(*change.value);
      } else {
        replayed.erase(key);
      }
    }
    snapshot = draft.freeze();
  }
  if (replayed == rows) return Ok{};
  for (const auto& [key, value] : rows) {
    const auto found = replayed.find(key);
    if (found == replayed.end() || found->second != value) {
      return err(ErrorCode::Internal, "the log applied again gives another row in table {}",
                 state::table_names()[key.first]);
    }
  }
  return err(ErrorCode::Internal, "the log applied again gives more rows");
}

}  // namespace drover::sim
