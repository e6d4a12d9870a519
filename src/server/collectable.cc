#include "server/collectable.h"

#include <algorithm>
#include <unordered_set>

namespace drover::server {
namespace {

using model::Allocation;
using model::Evaluation;
using model::Job;

class Collector {
 public:
  Collector(const state::Snapshot& snapshot, WallTime now, const GcThresholds& thresholds)
      : snapshot_(snapshot), now_(now), thresholds_(thresholds) {}

  state::Collect run() {
    for (const auto& entry : snapshot_.jobs()) {
      if (job_is_over(*entry.value)) over_.insert(&*entry.value);
    }
    for (const auto& entry : snapshot_.allocs()) look_at(*entry.value);
    for (const auto& entry : snapshot_.evals()) look_at(*entry.value);
    for (const auto& entry : snapshot_.deployments()) look_at(*entry.value);
    for (const auto& entry : snapshot_.jobs()) {
      if (over_.contains(&*entry.value)) out_.jobs.push_back(entry.key);
    }
    for (const auto& entry : snapshot_.nodes()) look_at(*entry.value);
    return std::move(out_);
  }

 private:
  // What is kept for no time goes whatever the clock says.
  bool older(WallTime time, Duration threshold) const { return threshold == Duration(0) || now_ - time >= threshold; }

  // It goes with all that belongs to it.
  bool job_is_over(const Job& job) const {
    // What runs until it is stopped is wanted also while none of it runs: scaled to nothing, or its deployment paused.
    const bool ends_by_itself = job.is_batch() && !job.is_template();
    if (job.status != model::JobStatus::Dead || (!ends_by_itself && !job.stop)) return false;
    if (!older(job.submit_time, thresholds_.jobs)) return false;
    for (const auto& entry : snapshot_.evals_of_job(job.key())) {
      if (!entry.value->terminal() || !older(entry.value->modify_time, thresholds_.jobs)) return false;
    }
    for (const auto& entry : snapshot_.allocs_of_job(job.key())) {
      if (!has_ended(*entry.value) || !older(entry.value->modify_time, thresholds_.jobs)) return false;
    }
    return true;
  }

  // Nothing of it runs. A node that is gone or down will not say so.
  bool has_ended(const Allocation& alloc) const {
    if (alloc.client_terminal()) return true;
    if (!alloc.server_terminal()) return false;
    const auto node = snapshot_.node(alloc.node_id);
    return !node || node->status == model::NodeStatus::Down;
  }

  // The job's next evaluation does not need to know of it.
  bool is_needed(const Allocation& alloc, const Job& job) const {
    if (job.stop) return false;
    if (job.is_batch()) return true;
    return alloc.client_status == model::ClientStatus::Failed && !alloc.server_terminal() &&
           alloc.next_allocation.empty();
  }

  void look_at(const Allocation& alloc) {
    const auto job = snapshot_.job(alloc.job_key());
    const bool with_job = job && over_.contains(&*job);
    const bool free =
        has_ended(alloc) && older(alloc.modify_time, thresholds_.evals) && !(job && is_needed(alloc, *job));
    if (with_job || free) {
      out_.allocs.push_back(alloc.id);
      return;
    }
    kept_evals_.insert(alloc.eval_id.value.lo ^ alloc.eval_id.value.hi);
    kept_nodes_.insert(alloc.node_id.value.lo ^ alloc.node_id.value.hi);
  }

  void look_at(const Evaluation& eval) {
    const auto job = snapshot_.job(eval.job_key());
    const bool with_job = job && over_.contains(&*job);
    const bool needed = job && !job->stop && job->is_batch();
    const bool free = eval.terminal() && older(eval.modify_time, thresholds_.evals) && !needed &&
                      !kept_evals_.contains(eval.id.value.lo ^ eval.id.value.hi);
    if (with_job || free) out_.evals.push_back(eval.id);
  }

  void look_at(const model::Deployment& deployment) {
    if (deployment.active() || !older(deployment.modify_time, thresholds_.deployments)) return;
    if (holds_back(deployment)) return;
    const bool lives = std::ranges::any_of(snapshot_.allocs_of_job(deployment.job_key()), [&](const auto& entry) {
      return entry.value->deployment_id == deployment.id && !entry.value->terminal();
    });
    if (!lives) out_.deployments.push_back(deployment.id);
  }

  // It failed, and is why nothing more of its job's version is placed: without it the next evaluation would place.
  bool holds_back(const model::Deployment& deployment) const {
    if (deployment.status != model::DeploymentState::Failed) return false;
    const auto job = snapshot_.job(deployment.job_key());
    if (!job || job->stop || job->version != deployment.job_version) return false;
    const auto latest = snapshot_.latest_deployment(deployment.job_key());
    return job->create_index == deployment.job_create_index && latest && latest->id == deployment.id;
  }

  void look_at(const model::Node& node) {
    const bool gone = node.status == model::NodeStatus::Down && older(node.status_updated_at, thresholds_.nodes);
    if (gone && !kept_nodes_.contains(node.id.value.lo ^ node.id.value.hi)) out_.nodes.push_back(node.id);
  }

  const state::Snapshot& snapshot_;
  const WallTime now_;
  const GcThresholds thresholds_;
  std::unordered_set<const Job*> over_;
  // By a hash of the id: one that is kept for another's sake goes the next time.
  std::unordered_set<uint64_t> kept_evals_;
  std::unordered_set<uint64_t> kept_nodes_;
  state::Collect out_;
};

template <class T>
void split(std::vector<T>& all, std::vector<T> state::Collect::* member, size_t limit,
           std::vector<state::Collect>& out) {
  for (size_t i = 0; i < all.size(); i += limit) {
    const auto begin = all.begin() + static_cast<ptrdiff_t>(i);
    const auto end = all.begin() + static_cast<ptrdiff_t>(std::min(all.size(), i + limit));
    (out.emplace_back().*member).assign(std::move_iterator(begin), std::move_iterator(end));
  }
}

}  // namespace

state::Collect collectable(const state::Snapshot& snapshot, WallTime now, const GcThresholds& thresholds) {
  return Collector(snapshot, now, thresholds).run();
}

std::vector<state::Collect> in_batches(state::Collect all, size_t limit) {
  std::vector<state::Collect> out;
  split(all.allocs, &state::Collect::allocs, limit, out);
  split(all.evals, &state::Collect::evals, limit, out);
  split(all.deployments, &state::Collect::deployments, limit, out);
  split(all.jobs, &state::Collect::jobs, limit, out);
  split(all.nodes, &state::Collect::nodes, limit, out);
  return out;
}

}  // namespace drover::server
