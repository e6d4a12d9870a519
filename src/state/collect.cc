#include "state/apply.h"

#include <set>
#include <vector>

namespace drover::state {

using model::JobKey;

namespace {

bool node_is_done(const Snapshot& view, const model::Node& node) {
  if (node.status != model::NodeStatus::Down) return false;
  for (const auto& entry : view.allocs_of_node(node.id)) {
    if (!entry.value->terminal()) return false;
  }
  return true;
}

// It has ended and no allocation that it placed lives.
bool deployment_is_done(const Snapshot& view, const model::Deployment& deployment) {
  if (deployment.active()) return false;
  for (const auto& entry : view.allocs_of_job(deployment.job_key())) {
    if (entry.value->deployment_id == deployment.id && !entry.value->terminal()) return false;
  }
  return true;
}

bool job_is_done(const Snapshot& view, const JobKey& key) {
  const Row<model::Job> job = view.job(key);
  if (!job || job->status != model::JobStatus::Dead) return false;
  for (const auto& entry : view.allocs_of_job(key)) {
    if (!entry.value->terminal()) return false;
  }
  for (const auto& entry : view.evals_of_job(key)) {
    if (!entry.value->terminal()) return false;
  }
  return true;
}

void erase_deployments(Draft& draft, const JobKey& key) {
  std::vector<model::DeploymentId> ids;
  for (const auto& entry : draft.view().deployments_of_job(key)) ids.push_back(entry.key);
  for (const model::DeploymentId& id : ids) draft.erase_deployment(id);
}

}  // namespace

Result<Reply> apply_command(Draft& draft, const Collect& command) {
  std::set<JobKey> lost_allocs;
  for (const model::AllocId& id : command.allocs) {
    const auto alloc = draft.view().alloc(id);
    if (!alloc || !alloc->terminal()) continue;
    lost_allocs.insert(alloc->job_key());
    draft.erase_alloc(id);
  }
  for (const model::EvalId& id : command.evals) {
    const auto eval = draft.view().eval(id);
    if (eval && eval->terminal()) draft.erase_eval(id);
  }
  for (const model::DeploymentId& id : command.deployments) {
    const auto deployment = draft.view().deployment(id);
    if (deployment && deployment_is_done(draft.view(), *deployment)) draft.erase_deployment(id);
  }
  for (const JobKey& key : command.jobs) {
    if (!job_is_done(draft.view(), key)) continue;
    erase_deployments(draft, key);
    draft.erase_job(key);
  }
  for (const JobKey& key : lost_allocs) draft.trim_versions(key);
  for (const model::NodeId& id : command.nodes) {
    const auto node = draft.view().node(id);
    if (node && node_is_done(draft.view(), *node)) draft.erase_node(id);
  }
  return Reply{};
}

}  // namespace drover::state
