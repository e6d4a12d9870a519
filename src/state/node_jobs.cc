#include "state/node_jobs.h"

#include "model/locality.h"

#include <set>

namespace drover::state {
namespace {

bool runs_everywhere_at(const model::Job& job, const model::Node& node) {
  const bool system = job.type == model::JobType::System || job.type == model::JobType::Sysbatch;
  return system && !job.stop && !job.is_template() && model::in_datacenters(node.datacenter, job.datacenters) &&
         model::in_node_pool(node, job);
}

}  // namespace

std::vector<model::Evaluation> evals_for_node(const Snapshot& snapshot, const model::NodeId& node, NodeJobs which,
                                              const std::function<model::EvalId()>& new_id) {
  std::set<model::JobKey> keys;
  for (const auto& entry : snapshot.allocs_of_node(node)) {
    if (!entry.value->terminal()) keys.insert(entry.value->job_key());
  }
  const auto known = snapshot.node(node);
  if (known && which == NodeJobs::WithWorkOrSystem) {
    for (const auto& entry : snapshot.jobs()) {
      if (runs_everywhere_at(*entry.value, *known)) keys.insert(entry.key);
    }
  }
  std::vector<model::Evaluation> evals;
  for (const model::JobKey& key : keys) {
    const auto job = snapshot.job(key);
    if (!job) continue;
    evals.push_back(model::make_eval(*job, new_id(), model::trigger::kNodeUpdate));
    evals.back().node_id = node;
    evals.back().node_modify_index = known ? known->modify_index : 0;
  }
  return evals;
}

}  // namespace drover::state
