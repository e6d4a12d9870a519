#include "server/job_expirer.h"

namespace drover::server {
namespace {

bool is_limited(const model::Job& job) {
  return job.timeout > Duration(0) && !job.stop && !job.is_template();
}

}  // namespace

void JobExpirer::note(const StateChanges& changes) {
  for (const auto& change : changes.jobs) {
    const model::JobKey key = change.after ? change.after->key() : change.before->key();
    if (change.after && is_limited(*change.after)) {
      limited_.insert(key);
    } else if (limited_.erase(key) > 0) {
      deadlines_.forget(key);
    }
  }
}

Decisions JobExpirer::decide(const state::Snapshot& snapshot, Moment now) {
  Decisions decisions;
  for (const model::JobKey& key : limited_) {
    const auto job = snapshot.job(key);
    if (!job || snapshot.activity_of_job(key).live_allocs == 0) continue;
    const auto start = first_placement(snapshot, *job);
    if (!start) continue;
    const Duration left = deadlines_.left(key, *start + job->timeout, now, job->timeout);
    if (left > Duration(0)) {
      decisions.look_within(left);
      continue;
    }
    state::DeregisterJob stop{.ns = key.ns, .job_id = key.id, .reason = model::kExpired, .time = now.wall};
    stop.eval = model::make_eval(*job, model::EvalId(ids_.uuid()), model::trigger::kJobDeregister);
    decisions.actions.push_back({.subject = key.ns + "/" + key.id, .command = state::make_command(std::move(stop))});
  }
  return decisions;
}

std::optional<WallTime> first_placement(const state::Snapshot& snapshot, const model::Job& job) {
  std::optional<WallTime> first;
  for (const auto& entry : snapshot.allocs_of_job(job.key())) {
    const model::Allocation& alloc = *entry.value;
    if (alloc.create_time < job.submit_time) continue;
    if (!first || alloc.create_time < *first) first = alloc.create_time;
  }
  return first;
}

}  // namespace drover::server
