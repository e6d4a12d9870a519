#include "server/job_expirer.h"

#include "model/logistics.h"

namespace drover::server {
namespace {

bool is_limited(const model::Job& job) {
  return job.timeout > Duration(0) && !job.stop && !job.is_template();
}

// When its time begins to run; nothing if it has not begun or has ended.
std::optional<WallTime> clock_start(const state::Snapshot& snapshot, const model::Job& job) {
  if (model::awaits_definition(job)) return job.submit_time;
  if (snapshot.activity_of_job(job.key()).live_allocs == 0) return std::nullopt;
  return first_placement(snapshot, job);
}

}  // namespace

void JobExpirer::note(const StateChanges& changes) {
  for (const auto& change : changes.jobs) {
    const model::JobKey key = change.after ? change.after->key() : change.before->key();
    if (change.after && is_limited(*change.after)) {
      limited_.insert(key);
      changed_.insert(key);
    } else if (limited_.erase(key) > 0) {
      changed_.erase(key);
      unschedule(key);
      deadlines_.forget(key);
    }
  }
  for (const auto& change : changes.allocs) {
    const bool ran = change.before && !change.before->terminal();
    const bool runs = change.after && !change.after->terminal();
    if (ran == runs || limited_.empty()) continue;
    const model::Allocation& alloc = change.after ? *change.after : *change.before;
    const model::JobKey key{alloc.ns, alloc.job_id};
    if (limited_.contains(key)) changed_.insert(key);
  }
}

void JobExpirer::unschedule(const model::JobKey& key) {
  const auto at = due_.find(key);
  if (at == due_.end()) return;
  order_.erase({at->second, key});
  due_.erase(at);
}

void JobExpirer::schedule(const state::Snapshot& snapshot, const model::JobKey& key, Moment now) {
  unschedule(key);
  const auto job = snapshot.job(key);
  if (!job) return;
  const auto start = clock_start(snapshot, *job);
  if (!start) return;
  const MonoTime due = now.mono + deadlines_.left(key, *start + job->timeout, now, job->timeout);
  due_[key] = due;
  order_.emplace(due, key);
}

Decisions JobExpirer::decide(const state::Snapshot& snapshot, Moment now) {
  for (const model::JobKey& key : changed_) schedule(snapshot, key, now);
  changed_.clear();
  Decisions decisions;
  for (const auto& [due, key] : order_) {
    if (due > now.mono) {
      decisions.look_within(due - now.mono);
      break;
    }
    const auto job = snapshot.job(key);
    if (!job) continue;
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
