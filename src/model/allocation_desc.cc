#include "codec/describe.h"
#include "model/allocation.h"
#include "model/evaluation.h"
#include "model/plan.h"
#include "model/service_registration.h"

namespace drover::model {

using codec::EnumName;
using codec::kOmitEmpty;
using codec::StructBuilder;

std::span<const EnumName> enum_names(DesiredStatus) {
  static constexpr EnumName kNames[] = {{0, "run"}, {1, "stop"}, {2, "evict"}};
  return kNames;
}

std::span<const EnumName> enum_names(ClientStatus) {
  static constexpr EnumName kNames[] = {{0, "pending"}, {1, "running"}, {2, "complete"},
                                        {3, "failed"},  {4, "lost"},    {5, "unknown"}};
  return kNames;
}

std::span<const EnumName> enum_names(TaskStateKind) {
  static constexpr EnumName kNames[] = {{0, "pending"}, {1, "running"}, {2, "dead"}};
  return kNames;
}

std::span<const EnumName> enum_names(EvalStatus) {
  static constexpr EnumName kNames[] = {
      {0, "pending"}, {1, "blocked"}, {2, "complete"}, {3, "failed"}, {4, "canceled"}};
  return kNames;
}

void describe(StructBuilder& d, ScorePart& r) {
  auto& [name, value] = r;
  d.name("ScorePart");
  d.field(1, name, "Name");
  d.field(2, value, "Value");
}

void describe(StructBuilder& d, NodeScore& r) {
  auto& [node_id, norm_score, scores] = r;
  d.name("NodeScoreMeta");
  d.field(1, node_id, "NodeID");
  d.field(2, norm_score, "NormScore");
  d.field(3, scores, "Scores");
}

void describe(StructBuilder& d, AllocMetric& r) {
  auto& [nodes_evaluated, nodes_filtered, nodes_available, class_filtered, constraint_filtered, nodes_exhausted,
         class_exhausted, dimension_exhausted, score_meta_data, allocation_time, coalesced_failures] = r;
  d.name("AllocMetric");
  d.field(1, nodes_evaluated, "NodesEvaluated");
  d.field(2, nodes_filtered, "NodesFiltered");
  d.field(3, nodes_available, "NodesAvailable");
  d.field(4, class_filtered, "ClassFiltered");
  d.field(5, constraint_filtered, "ConstraintFiltered");
  d.field(6, nodes_exhausted, "NodesExhausted");
  d.field(7, class_exhausted, "ClassExhausted");
  d.field(8, dimension_exhausted, "DimensionExhausted");
  d.field(9, score_meta_data, "ScoreMetaData");
  d.field(10, allocation_time, "AllocationTime");
  d.field(11, coalesced_failures, "CoalescedFailures");
}

void describe(StructBuilder& d, TaskEvent& r) {
  auto& [type, time, display_message, details] = r;
  d.name("TaskEvent");
  d.field(1, type, "Type");
  d.field(2, time, "Time");
  d.field(3, display_message, "DisplayMessage");
  d.field(4, details, "Details");
}

void describe(StructBuilder& d, TaskState& r) {
  auto& [state, failed, restarts, last_restart, started_at, finished_at, events] = r;
  d.name("TaskState");
  d.field(1, state, "State");
  d.field(2, failed, "Failed");
  d.field(3, restarts, "Restarts");
  d.field(4, last_restart, "LastRestart");
  d.field(5, started_at, "StartedAt");
  d.field(6, finished_at, "FinishedAt");
  d.field(7, events, "Events");
}

void describe(StructBuilder& d, CheckState& r) {
  auto& [name, service, task, status, output, timestamp] = r;
  d.name("CheckState");
  d.field(1, name, "Check");
  d.field(2, service, "Service");
  d.field(3, task, "Task");
  d.field(4, status, "Status");
  d.field(5, output, "Output");
  d.field(6, timestamp, "Timestamp");
}

void describe(StructBuilder& d, DeploymentStatus& r) {
  auto& [healthy, timestamp, canary] = r;
  d.name("DeploymentStatus");
  d.field(1, healthy, "Healthy");
  d.field(2, timestamp, "Timestamp");
  d.field(3, canary, "Canary");
}

void describe(StructBuilder& d, DesiredTransition& r) {
  auto& [migrate, reschedule, force_reschedule, no_shutdown_delay] = r;
  d.name("DesiredTransition");
  d.field(1, migrate, "Migrate");
  d.field(2, reschedule, "Reschedule");
  d.field(3, force_reschedule, "ForceReschedule");
  d.field(4, no_shutdown_delay, "NoShutdownDelay");
}

void describe(StructBuilder& d, RescheduleEvent& r) {
  auto& [reschedule_time, prev_alloc_id, prev_node_id, delay] = r;
  d.name("RescheduleEvent");
  d.field(1, reschedule_time, "RescheduleTime");
  d.field(2, prev_alloc_id, "PrevAllocID");
  d.field(3, prev_node_id, "PrevNodeID");
  d.field(4, delay, "Delay");
}

void describe(StructBuilder& d, AllocatedDevice& r) {
  auto& [task, vendor, type, name, device_ids] = r;
  d.name("AllocatedDevice");
  d.field(1, task, "Task");
  d.field(2, vendor, "Vendor");
  d.field(3, type, "Type");
  d.field(4, name, "Name");
  d.field(5, device_ids, "DeviceIDs");
}

void describe(StructBuilder& d, AllocatedCores& r) {
  auto& [task, cores] = r;
  d.name("AllocatedCores");
  d.field(1, task, "Task");
  d.field(2, cores, "Cores");
}

void describe(StructBuilder& d, Allocation& r) {
  auto& [id, ns, eval_id, name, node_id, node_name, job_id, job_version, task_group, ports, metrics, scores,
         desired_status, desired_description, previous_allocation, next_allocation, deployment_id, deployment_status,
         follow_up_eval_id, desired_transition, reschedules, preempted_by, preempted_allocations, devices, cores,
         client_status, client_description, task_states, checks, create_index, modify_index, alloc_modify_index,
         create_time, modify_time] = r;
  d.name("Allocation");
  d.field(1, id, "ID");
  d.field(2, ns, "Namespace");
  d.field(3, eval_id, "EvalID");
  d.field(4, name, "Name");
  d.field(5, node_id, "NodeID");
  d.field(6, node_name, "NodeName");
  d.field(7, job_id, "JobID");
  d.field(8, job_version, "JobVersion");
  d.field(9, task_group, "TaskGroup");
  d.field(10, ports, "AllocatedPorts");
  d.field(11, metrics, "Metrics");
  d.field(12, desired_status, "DesiredStatus");
  d.field(13, desired_description, "DesiredDescription");
  d.field(14, previous_allocation, "PreviousAllocation");
  d.field(15, next_allocation, "NextAllocation");
  d.field(16, deployment_id, "DeploymentID");
  d.field(17, deployment_status, "DeploymentStatus");
  d.field(18, follow_up_eval_id, "FollowupEvalID");
  d.field(19, client_status, "ClientStatus");
  d.field(20, client_description, "ClientDescription");
  d.field(21, task_states, "TaskStates");
  d.field(22, checks, "Checks");
  d.field(23, create_index, "CreateIndex");
  d.field(24, modify_index, "ModifyIndex");
  d.field(25, alloc_modify_index, "AllocModifyIndex");
  d.field(26, create_time, "CreateTime");
  d.field(27, modify_time, "ModifyTime");
  d.field(28, desired_transition, "DesiredTransition");
  d.field(29, reschedules, "RescheduleEvents").flags(kOmitEmpty);
  d.field(30, preempted_by, "PreemptedByAllocation");
  d.field(31, preempted_allocations, "PreemptedAllocations");
  d.field(32, devices, "AllocatedDevices").flags(kOmitEmpty);
  d.field(33, cores, "AllocatedCores").flags(kOmitEmpty);
  d.field(34, scores, "ScoreParts").flags(kOmitEmpty);
}

void describe(StructBuilder& d, Evaluation& r) {
  auto& [id, ns, priority, type, triggered_by, job_id, job_modify_index, node_id, node_modify_index, deployment_id,
         status, status_description, wait_until, next_eval, previous_eval, blocked_eval, failed_tg_allocs,
         class_eligibility, escaped_computed_class, queued_allocations, snapshot_index, create_index, modify_index,
         create_time, modify_time] = r;
  d.name("Evaluation");
  d.field(1, id, "ID");
  d.field(2, ns, "Namespace");
  d.field(3, priority, "Priority");
  d.field(4, type, "Type");
  d.field(5, triggered_by, "TriggeredBy");
  d.field(6, job_id, "JobID");
  d.field(7, job_modify_index, "JobModifyIndex");
  d.field(8, node_id, "NodeID");
  d.field(9, node_modify_index, "NodeModifyIndex");
  d.field(10, deployment_id, "DeploymentID");
  d.field(11, status, "Status");
  d.field(12, status_description, "StatusDescription");
  d.field(13, wait_until, "WaitUntil");
  d.field(14, next_eval, "NextEval");
  d.field(15, previous_eval, "PreviousEval");
  d.field(16, blocked_eval, "BlockedEval");
  d.field(17, failed_tg_allocs, "FailedTGAllocs");
  d.field(18, class_eligibility, "ClassEligibility");
  d.field(19, escaped_computed_class, "EscapedComputedClass");
  d.field(20, queued_allocations, "QueuedAllocations");
  d.field(21, snapshot_index, "SnapshotIndex");
  d.field(22, create_index, "CreateIndex");
  d.field(23, modify_index, "ModifyIndex");
  d.field(24, create_time, "CreateTime");
  d.field(25, modify_time, "ModifyTime");
}

void describe(StructBuilder& d, PlannedStop& r) {
  auto& [alloc_id, node_id, desired_status, description, client_status, preempted_by, follow_up_eval] = r;
  d.name("PlannedStop");
  d.field(1, alloc_id, "AllocID");
  d.field(2, node_id, "NodeID");
  d.field(3, desired_status, "DesiredStatus");
  d.field(4, description, "Description");
  d.field(5, client_status, "ClientStatus");
  d.field(6, preempted_by, "PreemptedBy");
  d.field(7, follow_up_eval, "FollowUpEval");
}

void describe(StructBuilder& d, DesiredUpdates& r) {
  auto& [ignore, place, migrate, stop, in_place_update, destructive_update, canary, preemptions] = r;
  d.name("DesiredUpdates");
  d.field(1, ignore, "Ignore");
  d.field(2, place, "Place");
  d.field(3, migrate, "Migrate");
  d.field(4, stop, "Stop");
  d.field(5, in_place_update, "InPlaceUpdate");
  d.field(6, destructive_update, "DestructiveUpdate");
  d.field(7, canary, "Canary");
  d.field(8, preemptions, "Preemptions");
}

void describe(StructBuilder& d, Plan& r) {
  auto& [eval_id, eval_token, priority, all_at_once, ns, job_id, job_version, snapshot_index, stops, placements,
         desired_updates, preemptions, deployment, deployment_updates] = r;
  d.name("Plan");
  d.field(1, eval_id, "EvalID");
  d.field(2, eval_token, "EvalToken");
  d.field(3, priority, "Priority");
  d.field(4, all_at_once, "AllAtOnce");
  d.field(5, ns, "Namespace");
  d.field(6, job_id, "JobID");
  d.field(7, job_version, "JobVersion");
  d.field(8, snapshot_index, "SnapshotIndex");
  d.field(9, stops, "Stops");
  d.field(10, placements, "Placements");
  d.field(11, desired_updates, "DesiredUpdates");
  d.field(12, preemptions, "Preemptions");
  d.field(13, deployment, "Deployment");
  d.field(14, deployment_updates, "DeploymentUpdates");
}

void describe(StructBuilder& d, ServiceRegistration& r) {
  auto& [id, service_name, ns, node_id, datacenter, job_id, alloc_id, task, tags, meta, address, port, health,
         create_index, modify_index] = r;
  d.name("ServiceRegistration");
  d.field(1, id, "ID");
  d.field(2, service_name, "ServiceName");
  d.field(3, ns, "Namespace");
  d.field(4, node_id, "NodeID");
  d.field(5, datacenter, "Datacenter");
  d.field(6, job_id, "JobID");
  d.field(7, alloc_id, "AllocID");
  d.field(8, task, "Task").flags(kOmitEmpty);
  d.field(9, tags, "Tags");
  d.field(10, address, "Address");
  d.field(11, port, "Port");
  d.field(12, health, "Health").flags(kOmitEmpty);
  d.field(13, create_index, "CreateIndex");
  d.field(14, modify_index, "ModifyIndex");
  d.field(15, meta, "Meta").flags(kOmitEmpty);
}

}  // namespace drover::model
