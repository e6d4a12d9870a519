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
  auto& [ns, job_id, purge, eval, time] = r;
  d.name("DeregisterJob");
  d.field(1, ns, "Namespace");
  d.field(2, job_id, "JobID");
  d.field(3, purge, "Purge");
  d.field(4, eval, "Eval");
  d.field(5, time, "Time");
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
  auto& [plan, time] = r;
  d.name("ApplyPlan");
  d.field(1, plan, "Plan");
  d.field(2, time, "Time");
}

void describe(StructBuilder& d, SetServices& r) {
  auto& [alloc_id, services, time] = r;
  d.name("SetServices");
  d.field(1, alloc_id, "AllocID");
  d.field(2, services, "Services");
  d.field(3, time, "Time");
}

void describe(StructBuilder& d, Collect& r) {
  auto& [evals, allocs, jobs, nodes] = r;
  d.name("Collect");
  d.field(1, evals, "Evals");
  d.field(2, allocs, "Allocs");
  d.field(3, jobs, "Jobs");
  d.field(4, nodes, "Nodes");
}

}  // namespace drover::state
