#include "codec/describe.h"
#include "state/commands.h"

// Field numbers are part of what servers send each other and never change.
namespace drover::state {

using codec::StructBuilder;

void describe(StructBuilder& d, RegisterJob& r) {
  auto& [job, enforce_modify_index, eval, time] = r;
  d.name("RegisterJob");
  d.field(1, job, "Job");
  d.field(2, enforce_modify_index, "EnforceModifyIndex");
  d.field(3, eval, "Eval");
  d.field(4, time, "Time");
}

void describe(StructBuilder& d, DeregisterJob& r) {
  auto& [ns, job_id, purge, reason, eval, time] = r;
  d.name("DeregisterJob");
  d.field(1, ns, "Namespace");
  d.field(2, job_id, "JobID");
  d.field(3, purge, "Purge");
  d.field(4, eval, "Eval");
  d.field(5, time, "Time");
  d.field(6, reason, "Reason");
}

void describe(StructBuilder& d, ExtendJob& r) {
  auto& [ns, job_id, timeout] = r;
  d.name("ExtendJob");
  d.field(1, ns, "Namespace");
  d.field(2, job_id, "JobID");
  d.field(3, timeout, "Timeout");
}

void describe(StructBuilder& d, SettleLogistics& r) {
  auto& [ns, job_id, job_modify_index, outcome, time] = r;
  d.name("SettleLogistics");
  d.field(1, ns, "Namespace");
  d.field(2, job_id, "JobID");
  d.field(3, job_modify_index, "JobModifyIndex");
  d.field(4, outcome, "Outcome");
  d.field(5, time, "Time");
}

void describe(StructBuilder& d, PutMarket& r) {
  auto& [market, time] = r;
  d.name("PutMarket");
  d.field(1, market, "Market");
  d.field(2, time, "Time");
}

void describe(StructBuilder& d, DeleteMarket& r) {
  auto& [slug, time] = r;
  d.name("DeleteMarket");
  d.field(1, slug, "Slug");
  d.field(2, time, "Time");
}

void describe(StructBuilder& d, SetJobStability& r) {
  auto& [ns, job_id, version, stable] = r;
  d.name("SetJobStability");
  d.field(1, ns, "Namespace");
  d.field(2, job_id, "JobID");
  d.field(3, version, "JobVersion");
  d.field(4, stable, "Stable");
}

void describe(StructBuilder& d, RegisterNode& r) {
  auto& [node, time] = r;
  d.name("RegisterNode");
  d.field(1, node, "Node");
  d.field(2, time, "Time");
}

void describe(StructBuilder& d, UpdateNodeStatus& r) {
  auto& [node_id, status, description, evals, time] = r;
  d.name("UpdateNodeStatus");
  d.field(1, node_id, "NodeID");
  d.field(2, status, "Status");
  d.field(3, description, "Description");
  d.field(4, evals, "Evals");
  d.field(5, time, "Time");
}

void describe(StructBuilder& d, UpdateNodeEligibility& r) {
  auto& [node_id, eligibility, evals, time] = r;
  d.name("UpdateNodeEligibility");
  d.field(1, node_id, "NodeID");
  d.field(2, eligibility, "Eligibility");
  d.field(3, evals, "Evals");
  d.field(4, time, "Time");
}

void describe(StructBuilder& d, DeregisterNode& r) {
  auto& [node_id, evals, time] = r;
  d.name("DeregisterNode");
  d.field(1, node_id, "NodeID");
  d.field(2, evals, "Evals");
  d.field(3, time, "Time");
}

void describe(StructBuilder& d, UpdateAllocs& r) {
  auto& [allocs, evals, time] = r;
  d.name("UpdateAllocs");
  d.field(1, allocs, "Allocs");
  d.field(2, evals, "Evals");
  d.field(3, time, "Time");
}

void describe(StructBuilder& d, UpsertEvals& r) {
  auto& [evals, time] = r;
  d.name("UpsertEvals");
  d.field(1, evals, "Evals");
  d.field(2, time, "Time");
}

void describe(StructBuilder& d, ApplyPlan& r) {
  auto& [plan, time, evals] = r;
  d.name("ApplyPlan");
  d.field(1, plan, "Plan");
  d.field(2, time, "Time");
  d.field(3, evals, "Evals");
}

void describe(StructBuilder& d, ApplyWork& r) {
  auto& [plan, outcome] = r;
  d.name("ApplyWork");
  d.field(1, plan, "Plan");
  d.field(2, outcome, "Outcome");
}

void describe(StructBuilder& d, SetServices& r) {
  auto& [alloc_id, services, time] = r;
  d.name("SetServices");
  d.field(1, alloc_id, "AllocID");
  d.field(2, services, "Services");
  d.field(3, time, "Time");
}

void describe(StructBuilder& d, UpdateDeployment& r) {
  auto& [update, revert, evals, time] = r;
  d.name("UpdateDeployment");
  d.field(1, update, "Update");
  d.field(2, revert, "Revert");
  d.field(3, evals, "Evals");
  d.field(4, time, "Time");
}

void describe(StructBuilder& d, PromoteDeployment& r) {
  auto& [deployment_id, groups, evals, time] = r;
  d.name("PromoteDeployment");
  d.field(1, deployment_id, "DeploymentID");
  d.field(2, groups, "Groups");
  d.field(3, evals, "Evals");
  d.field(4, time, "Time");
}

void describe(StructBuilder& d, SetAllocHealth& r) {
  auto& [deployment_id, healthy, unhealthy, update, revert, evals, time] = r;
  d.name("SetAllocHealth");
  d.field(1, deployment_id, "DeploymentID");
  d.field(2, healthy, "Healthy");
  d.field(3, unhealthy, "Unhealthy");
  d.field(4, update, "Update");
  d.field(5, revert, "Revert");
  d.field(6, evals, "Evals");
  d.field(7, time, "Time");
}

void describe(StructBuilder& d, AllocTransition& r) {
  auto& [alloc_id, transition] = r;
  d.name("AllocTransition");
  d.field(1, alloc_id, "AllocID");
  d.field(2, transition, "Transition");
}

void describe(StructBuilder& d, UpdateTransitions& r) {
  auto& [transitions, evals, time] = r;
  d.name("UpdateTransitions");
  d.field(1, transitions, "Transitions");
  d.field(2, evals, "Evals");
  d.field(3, time, "Time");
}

void describe(StructBuilder& d, UpdateNodeDrain& r) {
  auto& [node_id, drain, mark_eligible, complete, meta, evals, time] = r;
  d.name("UpdateNodeDrain");
  d.field(1, node_id, "NodeID");
  d.field(2, drain, "Drain");
  d.field(3, mark_eligible, "MarkEligible");
  d.field(4, complete, "Complete");
  d.field(5, meta, "Meta");
  d.field(6, evals, "Evals");
  d.field(7, time, "Time");
}

void describe(StructBuilder& d, LaunchPeriodic& r) {
  auto& [ns, job_id, launch, child, eval, time] = r;
  d.name("LaunchPeriodic");
  d.field(1, ns, "Namespace");
  d.field(2, job_id, "JobID");
  d.field(3, launch, "Launch");
  d.field(4, child, "Child");
  d.field(5, eval, "Eval");
  d.field(6, time, "Time");
}

void describe(StructBuilder& d, ScaleJob& r) {
  auto& [ns, job_id, group, event, eval, time] = r;
  d.name("ScaleJob");
  d.field(1, ns, "Namespace");
  d.field(2, job_id, "JobID");
  d.field(3, group, "Group");
  d.field(4, event, "Event");
  d.field(5, eval, "Eval");
  d.field(6, time, "Time");
}

void describe(StructBuilder& d, SetSchedulerConfig& r) {
  auto& [config, check_index] = r;
  d.name("SetSchedulerConfig");
  d.field(1, config, "Config");
  d.field(2, check_index, "CheckIndex");
}

void describe(StructBuilder& d, Collect& r) {
  auto& [evals, allocs, jobs, nodes, deployments] = r;
  d.name("Collect");
  d.field(1, evals, "Evals");
  d.field(2, allocs, "Allocs");
  d.field(3, jobs, "Jobs");
  d.field(4, nodes, "Nodes");
  d.field(5, deployments, "Deployments");
}

}  // namespace drover::state
