#include "codec/describe.h"
#include "model/deployment.h"
#include "model/launches.h"
#include "model/scheduler_config.h"

// What servers keep beside jobs, nodes and allocations.
namespace drover::model {

using codec::EnumName;
using codec::kOmitEmpty;
using codec::StructBuilder;

std::span<const EnumName> enum_names(DeploymentState) {
  static constexpr EnumName kNames[] = {
      {0, "running"}, {1, "paused"}, {2, "failed"}, {3, "successful"}, {4, "cancelled"}};
  return kNames;
}

void describe(StructBuilder& d, DeploymentGroup& r) {
  auto& [auto_revert, auto_promote, promoted, progress_deadline, require_progress_by, placed_canaries, desired_canaries,
         desired_total, placed_allocs, healthy_allocs, unhealthy_allocs] = r;
  d.name("DeploymentState");
  d.field(1, auto_revert, "AutoRevert");
  d.field(2, auto_promote, "AutoPromote");
  d.field(3, promoted, "Promoted");
  d.field(4, progress_deadline, "ProgressDeadline");
  d.field(5, require_progress_by, "RequireProgressBy");
  d.field(6, placed_canaries, "PlacedCanaries");
  d.field(7, desired_canaries, "DesiredCanaries");
  d.field(8, desired_total, "DesiredTotal");
  d.field(9, placed_allocs, "PlacedAllocs");
  d.field(10, healthy_allocs, "HealthyAllocs");
  d.field(11, unhealthy_allocs, "UnhealthyAllocs");
}

void describe(StructBuilder& d, Deployment& r) {
  auto& [id, ns, job_id, job_version, job_modify_index, job_spec_modify_index, job_create_index, task_groups, status,
         status_description, eval_priority, create_index, modify_index, create_time, modify_time] = r;
  d.name("Deployment");
  d.field(1, id, "ID");
  d.field(2, ns, "Namespace");
  d.field(3, job_id, "JobID");
  d.field(4, job_version, "JobVersion");
  d.field(5, job_modify_index, "JobModifyIndex");
  d.field(6, job_spec_modify_index, "JobSpecModifyIndex");
  d.field(7, job_create_index, "JobCreateIndex");
  d.field(8, task_groups, "TaskGroups");
  d.field(9, status, "Status");
  d.field(10, status_description, "StatusDescription");
  d.field(11, eval_priority, "EvalPriority").flags(kOmitEmpty);
  d.field(12, create_index, "CreateIndex");
  d.field(13, modify_index, "ModifyIndex");
  d.field(14, create_time, "CreateTime");
  d.field(15, modify_time, "ModifyTime");
}

void describe(StructBuilder& d, DeploymentUpdate& r) {
  auto& [deployment_id, status, status_description] = r;
  d.name("DeploymentUpdate");
  d.field(1, deployment_id, "DeploymentID");
  d.field(2, status, "Status");
  d.field(3, status_description, "StatusDescription");
}

void describe(StructBuilder& d, PreemptionConfig& r) {
  auto& [system, sysbatch, batch, service] = r;
  d.name("PreemptionConfig");
  d.field(1, system, "SystemSchedulerEnabled");
  d.field(2, sysbatch, "SysBatchSchedulerEnabled");
  d.field(3, batch, "BatchSchedulerEnabled");
  d.field(4, service, "ServiceSchedulerEnabled");
}

void describe(StructBuilder& d, SchedulerConfig& r) {
  auto& [algorithm, preemption, memory_oversubscription, reject_job_registration, pause_eval_broker, create_index,
         modify_index] = r;
  d.name("SchedulerConfiguration");
  d.field(1, algorithm, "SchedulerAlgorithm");
  d.field(2, preemption, "PreemptionConfig");
  d.field(3, memory_oversubscription, "MemoryOversubscriptionEnabled");
  d.field(4, reject_job_registration, "RejectJobRegistration");
  d.field(5, pause_eval_broker, "PauseEvalBroker");
  d.field(6, create_index, "CreateIndex");
  d.field(7, modify_index, "ModifyIndex");
}

void describe(StructBuilder& d, PeriodicLaunch& r) {
  auto& [ns, job_id, launch, create_index, modify_index] = r;
  d.name("PeriodicLaunch");
  d.field(1, ns, "Namespace");
  d.field(2, job_id, "ID");
  d.field(3, launch, "Launch");
  d.field(4, create_index, "CreateIndex");
  d.field(5, modify_index, "ModifyIndex");
}

void describe(StructBuilder& d, ScalingEvent& r) {
  auto& [time, count, previous_count, message, error, meta, eval_id, create_index] = r;
  d.name("ScalingEvent");
  d.field(1, time, "Time");
  d.field(2, count, "Count");
  d.field(3, previous_count, "PreviousCount");
  d.field(4, message, "Message");
  d.field(5, error, "Error");
  d.field(6, meta, "Meta");
  d.field(7, eval_id, "EvalID");
  d.field(8, create_index, "CreateIndex");
}

void describe(StructBuilder& d, JobScalingEvents& r) {
  auto& [ns, job_id, events, modify_index] = r;
  d.name("JobScalingEvents");
  d.field(1, ns, "Namespace");
  d.field(2, job_id, "JobID");
  d.field(3, events, "ScalingEvents");
  d.field(4, modify_index, "ModifyIndex");
}

}  // namespace drover::model
