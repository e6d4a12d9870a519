#pragma once

#include "base/boxed.h"
#include "base/clock.h"
#include "base/flat_map.h"
#include "base/shared_string.h"
#include "base/slim_vector.h"
#include "codec/fwd.h"
#include "model/alloc_metric.h"
#include "model/ids.h"
#include "model/network.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace drover::model {

enum class DesiredStatus : uint8_t { Run, Stop, Evict };
// Unknown: its node is disconnected and may still run it.
enum class ClientStatus : uint8_t { Pending, Running, Complete, Failed, Lost, Unknown };
enum class TaskStateKind : uint8_t { Pending, Running, Dead };
std::span<const codec::EnumName> enum_names(DesiredStatus);
std::span<const codec::EnumName> enum_names(ClientStatus);
std::span<const codec::EnumName> enum_names(TaskStateKind);

// Something that happened to a task. Types are Nomad's texts (facts 1.8): "Received", "Task Setup", "Started", …
struct TaskEvent {
  SharedString type;
  WallTime time;
  SharedString display_message;
  Boxed<std::map<std::string, std::string>> details;  // "exit_code", "restart_reason", "code" (stable, for machines)
};
void describe(codec::StructBuilder& d, TaskEvent& r);

struct TaskState {
  TaskStateKind state = TaskStateKind::Pending;
  bool failed = false;
  uint64_t restarts = 0;
  WallTime last_restart;
  WallTime started_at;
  WallTime finished_at;
  SlimVector<TaskEvent> events;  // the newest kMaxTaskEvents

  bool successful() const { return state == TaskStateKind::Dead && !failed; }
};
void describe(codec::StructBuilder& d, TaskState& r);
inline constexpr size_t kMaxTaskEvents = 10;

// The last result of a health check, as the agent saw it.
struct CheckState {
  std::string name;
  std::string service;
  std::string task;
  std::string status;  // "passing", "warning", "critical"
  std::string output;  // what the check answered, at most 4 KiB
  WallTime timestamp;
};
void describe(codec::StructBuilder& d, CheckState& r);

struct DeploymentStatus {
  std::optional<bool> healthy;
  WallTime timestamp;
  bool canary = false;
};
void describe(codec::StructBuilder& d, DeploymentStatus& r);

// What somebody wants of an allocation beyond what its job says; decided on at the job's next evaluation.
struct DesiredTransition {
  std::optional<bool> migrate;           // it leaves its node, which is drained or where it was stopped
  std::optional<bool> reschedule;        // it failed its deployment's health and may be replaced
  std::optional<bool> force_reschedule;  // replaced even if its policy has no attempts left
  std::optional<bool> no_shutdown_delay;

  bool should_migrate() const { return migrate.value_or(false); }
};
void describe(codec::StructBuilder& d, DesiredTransition& r);

// One replacement of an allocation that had failed.
struct RescheduleEvent {
  WallTime reschedule_time;
  AllocId prev_alloc_id;
  NodeId prev_node_id;
  Duration delay{0};
};
void describe(codec::StructBuilder& d, RescheduleEvent& r);

// Devices and cores that a task of the allocation holds on its node.
struct AllocatedDevice {
  std::string task;
  std::string vendor;
  std::string type;
  std::string name;
  std::vector<std::string> device_ids;
};
void describe(codec::StructBuilder& d, AllocatedDevice& r);

struct AllocatedCores {
  std::string task;
  std::vector<int32_t> cores;
};
void describe(codec::StructBuilder& d, AllocatedCores& r);

// One copy of a task group, placed on a node. Clusters have very many: members that are mostly empty or alike take one
// word (Boxed, SlimVector, FlatMap, SharedString). The job's version is not embedded: state::View::job_version() has
// it, and with it what the allocation asks for.
struct Allocation {
  AllocId id;
  SharedString ns = kDefaultNamespace;
  EvalId eval_id;
  std::string name;  // "job.group[index]"
  NodeId node_id;
  SharedString node_name;
  SharedString job_id;
  uint64_t job_version = 0;
  SharedString task_group;
  SlimVector<AllocatedPort> ports;
  std::shared_ptr<const AllocMetric> metrics;  // allocations placed together share them; null: none
  SlimVector<ScorePart> scores;                // how its node scored
  DesiredStatus desired_status = DesiredStatus::Run;
  SharedString desired_description;
  AllocId previous_allocation;
  AllocId next_allocation;
  DeploymentId deployment_id;
  std::optional<DeploymentStatus> deployment_status;
  EvalId follow_up_eval_id;
  DesiredTransition desired_transition;
  Boxed<std::vector<RescheduleEvent>> reschedules;  // how it came about, oldest first; the last five without a limit
  AllocId preempted_by;
  Boxed<std::vector<AllocId>> preempted_allocations;
  Boxed<std::vector<AllocatedDevice>> devices;
  Boxed<std::vector<AllocatedCores>> cores;

  // Reported by the node.
  ClientStatus client_status = ClientStatus::Pending;
  SharedString client_description;
  FlatMap<TaskState> task_states;
  Boxed<std::vector<CheckState>> checks;

  uint64_t create_index = 0;
  uint64_t modify_index = 0;
  uint64_t alloc_modify_index = 0;  // changes by the server only: what the node has to look at
  WallTime create_time;
  WallTime modify_time;

  JobKey job_key() const { return {ns, job_id}; }
  // It will not run (again) on its node: the node said so.
  bool client_terminal() const {
    return client_status == ClientStatus::Complete || client_status == ClientStatus::Failed ||
           client_status == ClientStatus::Lost;
  }
  bool server_terminal() const { return desired_status != DesiredStatus::Run; }
  bool terminal() const { return server_terminal() || client_terminal(); }
  // The index in its name, -1 if the name has none.
  int32_t index() const;
};
void describe(codec::StructBuilder& d, Allocation& r);

std::string alloc_name(std::string_view job_id, std::string_view group, int32_t index);

// How the allocation's node scored; without parts if nobody knows.
NodeScore own_score(const Allocation& alloc);
// Its metrics as they are shown: its own node stands first in score_meta_data. REQUIRES that it has metrics.
AllocMetric shown_metrics(const Allocation& alloc);

}  // namespace drover::model
