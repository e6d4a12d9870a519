#include "server/node_watcher.h"

#include "server/node_evals.h"
#include "server/room.h"

namespace drover::server {
namespace {

constexpr const char* kSystemJobs = "system jobs";

bool runs_on_every_node(const model::Job& job) {
  const bool system = job.type == model::JobType::System || job.type == model::JobType::Sysbatch;
  return system && !job.stop && !job.is_template();
}

}  // namespace

void NodeWatcher::note(const StateChanges& changes) {
  for (const auto& change : changes.jobs) {
    if (change.after && runs_on_every_node(*change.after)) {
      system_jobs_.insert(change.after->key());
    } else if (change.before) {
      system_jobs_.erase(change.before->key());
    }
  }
  for (const auto& change : changes.nodes) {
    const model::NodeId& id = change.after ? change.after->id : change.before->id;
    nodes_joined_ = nodes_joined_ || may_take_more(change);
    if (change.after && change.after->status == model::NodeStatus::Disconnected) {
      disconnected_.insert(id);
    } else {
      disconnected_.erase(id);
    }
  }
}

Decisions NodeWatcher::decide(const state::Snapshot& snapshot, Moment now) {
  Decisions decisions;
  if (nodes_joined_ && !system_jobs_.empty()) {
    state::UpsertEvals evals{.evals = {}, .time = now.wall};
    for (const model::JobKey& key : system_jobs_) {
      const auto job = snapshot.job(key);
      if (job) evals.evals.push_back(model::make_eval(*job, model::EvalId(ids_.uuid()), model::trigger::kNodeUpdate));
    }
    decisions.actions.push_back({.subject = kSystemJobs, .command = state::make_command(std::move(evals))});
  }
  nodes_joined_ = false;
  for (const model::NodeId& id : disconnected_) {
    const auto node = snapshot.node(id);
    if (!node || node->status != model::NodeStatus::Disconnected) continue;
    if (status_when_lost(snapshot, *node) != model::NodeStatus::Down) continue;
    state::UpdateNodeStatus down{.node_id = id,
                                 .status = model::NodeStatus::Down,
                                 .description = "heartbeat missed",
                                 .evals = evals_for_jobs_on(snapshot, id, ids_),
                                 .time = now.wall};
    decisions.actions.push_back({.subject = id.str(), .command = state::make_command(std::move(down))});
  }
  return decisions;
}

void NodeWatcher::refused(const std::string& subject) {
  if (subject == kSystemJobs) nodes_joined_ = true;
}

}  // namespace drover::server
