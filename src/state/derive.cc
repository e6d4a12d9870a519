#include "state/derive.h"

#include "model/logistics.h"

#include <utility>

namespace drover::state {

using model::ClientStatus;
using model::JobStatus;

void count_status(GroupSummary& group, ClientStatus status, int sign) {
  switch (status) {
    case ClientStatus::Pending:
      group.starting += sign;
      break;
    case ClientStatus::Running:
      group.running += sign;
      break;
    case ClientStatus::Complete:
      group.complete += sign;
      break;
    case ClientStatus::Failed:
      group.failed += sign;
      break;
    case ClientStatus::Lost:
      group.lost += sign;
      break;
    case ClientStatus::Unknown:
      group.unknown += sign;
      break;
  }
}

void count_status(ChildrenSummary& children, JobStatus status, int sign) {
  switch (status) {
    case JobStatus::Pending:
      children.pending += sign;
      break;
    case JobStatus::Running:
      children.running += sign;
      break;
    case JobStatus::Dead:
      children.dead += sign;
      break;
  }
}

void count_activity(JobActivity& activity, const model::Allocation& alloc, int sign) {
  activity.allocs += sign;
  if (!alloc.terminal()) activity.live_allocs += sign;
}

void count_activity(JobActivity& activity, const model::Evaluation& eval, int sign) {
  activity.evals += sign;
  if (!eval.terminal()) activity.live_evals += sign;
  if (eval.status == model::EvalStatus::Blocked) activity.blocked_evals += sign;
}

Row<model::Evaluation> newest_queued(const EvalTable& evals) {
  Row<model::Evaluation> newest;
  for (const auto& entry : evals) {
    if (entry.value->queued_allocations.empty()) continue;
    if (!newest || entry.value->modify_index >= newest->modify_index) newest = entry.value;
  }
  return newest;
}

void set_queued(JobSummary& summary, const model::Evaluation* eval) {
  for (auto& [name, group] : summary.summary) group.queued = 0;
  if (!eval) return;
  for (const auto& [name, count] : eval->queued_allocations) summary.summary[name].queued = count;
}

void list_groups(JobSummary& summary, const model::Job& job) {
  std::erase_if(summary.summary, [](const auto& entry) {
    const GroupSummary& g = entry.second;
    return g.queued == 0 && g.complete == 0 && g.failed == 0 && g.running == 0 && g.starting == 0 && g.lost == 0 &&
           g.unknown == 0;
  });
  for (const model::TaskGroup& group : job.task_groups) summary.summary.try_emplace(group.name);
}

JobSummary make_summary(const model::Job& job, const AllocTable& allocs, const EvalTable& evals) {
  JobSummary summary{.job_id = job.id, .ns = job.ns, .create_index = job.create_index};
  for (const auto& entry : allocs) {
    count_status(summary.summary[entry.value->task_group], entry.value->client_status, 1);
  }
  set_queued(summary, newest_queued(evals).get());
  list_groups(summary, job);
  return summary;
}

ChildrenSummary count_children(const JobTable& jobs, const model::JobKey& parent) {
  ChildrenSummary children;
  const model::JobKey first{parent.ns, parent.id + "/"};
  for (auto it = jobs.lower_bound(first); it != jobs.end(); ++it) {
    if (it->key.ns != parent.ns || !it->key.id.starts_with(first.id)) break;
    if (it->value->parent_id == parent.id) count_status(children, it->value->status, 1);
  }
  return children;
}

JobStatus job_status(const model::Job& job, const JobActivity& activity) {
  if (job.type == model::JobType::System || job.is_template()) return job.stop ? JobStatus::Dead : JobStatus::Running;
  if (activity.live_allocs > 0) return JobStatus::Running;
  if (model::awaits_definition(job)) return job.stop ? JobStatus::Dead : JobStatus::Pending;
  if (activity.live_evals > 0) return JobStatus::Pending;
  const bool untouched = activity.allocs == 0 && activity.evals == 0;
  return untouched && !job.stop ? job.status : JobStatus::Dead;
}

}  // namespace drover::state
