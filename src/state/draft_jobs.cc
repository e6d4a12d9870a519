#include "state/derive.h"
#include "state/draft.h"
#include "state/edit.h"

#include <utility>

// What follows for jobs from the rows that a command has written: their activity, status and summary.
namespace drover::state {

using model::JobKey;

void Draft::count(TouchedJob& job, const model::Allocation& alloc, int sign) {
  JobDelta& delta = job.second;
  count_activity(delta.activity, alloc, sign);
  auto group = delta.groups.find(alloc.task_group);
  if (group == delta.groups.end()) group = delta.groups.try_emplace(alloc.task_group).first;
  count_status(group->second, alloc.client_status, sign);
}

void Draft::count(TouchedJob& job, const model::Evaluation& eval, int sign) {
  count_activity(job.second.activity, eval, sign);
}

void Draft::count_child(const model::Job& child, int sign) {
  if (child.parent_id.empty()) return;
  count_status(parents_[JobKey{child.ns, child.parent_id}], child.status, sign);
}

void Draft::forget_token(const model::Job& child) {
  if (!child.dispatch_token.empty()) erase(next_.dispatched_, dispatch_key(child));
}

int64_t Draft::blocked_evals(const JobKey& key) const {
  const auto touched = jobs_.find(key);
  return next_.activity_of_job(key).blocked_evals +
         (touched == jobs_.end() ? 0 : touched->second.activity.blocked_evals);
}

void Draft::finish_job(const JobKey& key, const JobDelta& delta) {
  JobActivity activity = next_.activity_of_job(key);
  activity.allocs += delta.activity.allocs;
  activity.live_allocs += delta.activity.live_allocs;
  activity.evals += delta.activity.evals;
  activity.live_evals += delta.activity.live_evals;
  activity.blocked_evals += delta.activity.blocked_evals;
  if (activity == JobActivity{}) {
    erase(next_.activity_, key);
  } else {
    put(next_.activity_, key, activity);
  }

  Row<model::Job> job = next_.job(key);
  if (!job) {
    erase(next_.summaries_, key);
    return;
  }
  const model::JobStatus status = job_status(*job, activity);
  if (status != job->status) {
    model::Job changed = *job;
    changed.status = status;
    changed.modify_index = index();
    job = std::make_shared<const model::Job>(std::move(changed));
    write_job_row(job);
  }
  if (delta.created && job->is_template()) parents_.try_emplace(key);
  finish_summary(job, delta);
}

void Draft::finish_summary(const Row<model::Job>& job, const JobDelta& delta) {
  const JobKey key = job->key();
  const bool touched =
      delta.created || delta.written || delta.recount_queued || delta.queued != nullptr || !delta.groups.empty();
  if (!touched) return;

  JobSummary summary;
  const Row<JobSummary> old = next_.summary(key);
  if (delta.created || !old) {
    summary = make_summary(*job, next_.allocs_of_job(key), next_.evals_of_job(key));
  } else {
    summary = *old;
    for (const auto& [name, change] : delta.groups) {
      GroupSummary& group = summary.summary[name];
      group.complete += change.complete;
      group.failed += change.failed;
      group.running += change.running;
      group.starting += change.starting;
      group.lost += change.lost;
      group.unknown += change.unknown;
    }
    if (delta.recount_queued) {
      set_queued(summary, newest_queued(next_.evals_of_job(key)).get());
    } else if (delta.queued) {
      set_queued(summary, delta.queued.get());
    }
    list_groups(summary, *job);
  }
  summary.modify_index = index();
  put(next_.summaries_, key, std::make_shared<const JobSummary>(std::move(summary)));
}

void Draft::finish_parent(const JobKey& key, const ChildrenSummary& change) {
  const Row<JobSummary> old = next_.summary(key);
  if (!old) return;
  JobSummary summary = *old;
  const auto touched = jobs_.find(key);
  if (touched != jobs_.end() && touched->second.created) {
    summary.children = count_children(next_.jobs_, key);
  } else {
    if (change.pending == 0 && change.running == 0 && change.dead == 0) return;
    summary.children.pending += change.pending;
    summary.children.running += change.running;
    summary.children.dead += change.dead;
  }
  summary.modify_index = index();
  put(next_.summaries_, key, std::make_shared<const JobSummary>(std::move(summary)));
}

}  // namespace drover::state
