#include "api/find.h"

namespace drover::api {

model::JobKey job_key_of(const Request& request) {
  return {request.object_namespace(), request.id};
}

Result<state::Row<model::Job>> find_job(const Request& request, const state::Snapshot& snapshot) {
  auto job = snapshot.job(job_key_of(request));
  if (!job) return err(ErrorCode::NotFound, "job not found");
  return job;
}

Result<state::Row<model::Allocation>> find_allocation(const Request& request, const state::Snapshot& snapshot) {
  TRY_LET(const auto id, path_id<model::AllocId>(request, "allocation"));
  auto alloc = snapshot.alloc(id);
  if (!alloc) return err(ErrorCode::NotFound, "alloc not found");
  return alloc;
}

Result<state::Row<model::Evaluation>> find_evaluation(const Request& request, const state::Snapshot& snapshot) {
  TRY_LET(const auto id, path_id<model::EvalId>(request, "evaluation"));
  auto eval = snapshot.eval(id);
  if (!eval) return err(ErrorCode::NotFound, "eval not found");
  return eval;
}

Result<state::Row<model::Deployment>> find_deployment(const Request& request, const state::Snapshot& snapshot) {
  TRY_LET(const auto id, path_id<model::DeploymentId>(request, "deployment"));
  auto deployment = snapshot.deployment(id);
  if (!deployment) return err(ErrorCode::NotFound, "deployment not found");
  return deployment;
}

Result<state::Row<model::Node>> find_node(const Request& request, const state::Snapshot& snapshot) {
  TRY_LET(const auto id, path_id<model::NodeId>(request, "node"));
  auto node = snapshot.node(id);
  if (!node) return err(ErrorCode::NotFound, "node not found");
  return node;
}

Status check_same_job(const Request& request, const std::string& named) {
  if (named.empty() || named == request.id) return Ok{};
  return err(ErrorCode::InvalidArgument, "Job ID does not match");
}

}  // namespace drover::api
