#include "server/node_evals.h"

#include "state/node_jobs.h"

#include <map>

namespace drover::server {
namespace {

using model::Allocation;
using model::ClientStatus;

// Why a report makes its job worth a look, or null.
const char* trigger_of(const Allocation& stored, const Allocation& report) {
  const bool here_again =
      stored.client_status == ClientStatus::Unknown && report.client_status != ClientStatus::Unknown;
  if (here_again) return model::trigger::kReconnect;
  const bool failed = report.client_status == ClientStatus::Failed && !stored.terminal();
  return failed ? model::trigger::kAllocFailure : nullptr;
}

}  // namespace

std::vector<model::Evaluation> evals_for_jobs_on(const state::Snapshot& snapshot, const model::NodeId& node,
                                                 Random& ids) {
  return state::evals_for_node(snapshot, node, state::NodeJobs::WithWork, [&] { return model::EvalId(ids.uuid()); });
}

std::vector<model::Evaluation> evals_for_reports(const state::Snapshot& snapshot, std::span<const Allocation> reports,
                                                 Random& ids) {
  std::map<model::JobKey, const char*> jobs;
  for (const Allocation& report : reports) {
    const auto stored = snapshot.alloc(report.id);
    const bool own = stored && (report.node_id.empty() || report.node_id == stored->node_id);
    const char* trigger = own ? trigger_of(*stored, report) : nullptr;
    if (trigger) jobs.emplace(stored->job_key(), trigger);
  }
  std::vector<model::Evaluation> evals;
  for (const auto& [key, trigger] : jobs) {
    const auto job = snapshot.job(key);
    if (job && !job->stop) evals.push_back(model::make_eval(*job, model::EvalId(ids.uuid()), trigger));
  }
  return evals;
}

model::NodeStatus status_when_lost(const state::Snapshot& snapshot, const model::Node& node) {
  for (const auto& entry : snapshot.allocs_of_node(node.id)) {
    const Allocation& alloc = *entry.value;
    if (alloc.terminal()) continue;
    const auto job = snapshot.job_of(alloc);
    const model::TaskGroup* group = job ? job->find_group(alloc.task_group) : nullptr;
    if (group && group->disconnect && group->disconnect->lost_after) return model::NodeStatus::Disconnected;
  }
  return model::NodeStatus::Down;
}

}  // namespace drover::server
