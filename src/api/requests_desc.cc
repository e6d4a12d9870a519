#include "api/stubs.h"
#include "codec/describe.h"

// The bodies of requests that change something, and what they answer.
namespace drover::api {

using codec::StructBuilder;

void describe(StructBuilder& d, DispatchRequest& r) {
  auto& [payload, meta] = r;
  d.name("JobDispatchRequest");
  d.field(1, payload, "Payload");
  d.field(2, meta, "Meta");
}

void describe(StructBuilder& d, DispatchResponse& r) {
  auto& [dispatched_job_id, eval_id, eval_create_index, job_create_index, index] = r;
  d.name("JobDispatchResponse");
  d.field(1, dispatched_job_id, "DispatchedJobID");
  d.field(2, eval_id, "EvalID");
  d.field(3, eval_create_index, "EvalCreateIndex");
  d.field(4, job_create_index, "JobCreateIndex");
  d.field(5, index, "Index");
}

void describe(StructBuilder& d, RevertRequest& r) {
  auto& [job_id, job_version, enforce_prior_version] = r;
  d.name("JobRevertRequest");
  d.field(1, job_id, "JobID");
  d.field(2, job_version, "JobVersion");
  d.field(3, enforce_prior_version, "EnforcePriorVersion");
}

void describe(StructBuilder& d, StabilityRequest& r) {
  auto& [job_id, job_version, stable] = r;
  d.name("JobStabilityRequest");
  d.field(1, job_id, "JobID");
  d.field(2, job_version, "JobVersion");
  d.field(3, stable, "Stable");
}

void describe(StructBuilder& d, StabilityResponse& r) {
  auto& [job_modify_index, index] = r;
  d.name("JobStabilityResponse");
  d.field(1, job_modify_index, "JobModifyIndex");
  d.field(2, index, "Index");
}

void describe(StructBuilder& d, ScaleRequest& r) {
  auto& [count, target, message, error, meta] = r;
  d.name("ScalingRequest");
  d.field(1, count, "Count");
  d.field(2, target, "Target");
  d.field(3, message, "Message");
  d.field(4, error, "Error");
  d.field(5, meta, "Meta");
}

void describe(StructBuilder& d, DeploymentRequest& r) {
  auto& [deployment_id, pause, all, groups, healthy_allocation_ids, unhealthy_allocation_ids] = r;
  d.name("DeploymentRequest");
  d.field(1, deployment_id, "DeploymentID");
  d.field(2, pause, "Pause");
  d.field(3, all, "All");
  d.field(4, groups, "Groups");
  d.field(5, healthy_allocation_ids, "HealthyAllocationIDs");
  d.field(6, unhealthy_allocation_ids, "UnhealthyAllocationIDs");
}

void describe(StructBuilder& d, DeploymentResponse& r) {
  auto& [eval_id, eval_create_index, deployment_modify_index, reverted_job_version, index] = r;
  d.name("DeploymentUpdateResponse");
  d.field(1, eval_id, "EvalID");
  d.field(2, eval_create_index, "EvalCreateIndex");
  d.field(3, deployment_modify_index, "DeploymentModifyIndex");
  d.field(4, reverted_job_version, "RevertedJobVersion");
  d.field(5, index, "Index");
}

void describe(StructBuilder& d, DrainSpec& r) {
  auto& [deadline, ignore_system_jobs] = r;
  d.name("DrainSpec");
  d.field(1, deadline, "Deadline");
  d.field(2, ignore_system_jobs, "IgnoreSystemJobs");
}

void describe(StructBuilder& d, DrainRequest& r) {
  auto& [node_id, drain_spec, mark_eligible, meta] = r;
  d.name("NodeUpdateDrainRequest");
  d.field(1, node_id, "NodeID");
  d.field(2, drain_spec, "DrainSpec");
  d.field(3, mark_eligible, "MarkEligible");
  d.field(4, meta, "Meta");
}

void describe(StructBuilder& d, AllocStopResponse& r) {
  auto& [eval_id, index] = r;
  d.name("AllocStopResponse");
  d.field(1, eval_id, "EvalID");
  d.field(2, index, "Index");
}

void describe(StructBuilder& d, SearchRequest& r) {
  auto& [prefix, text, context] = r;
  d.name("SearchRequest");
  d.field(1, prefix, "Prefix");
  d.field(2, text, "Text");
  d.field(3, context, "Context");
}

}  // namespace drover::api
