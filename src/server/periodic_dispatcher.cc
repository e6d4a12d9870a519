#include "server/periodic_dispatcher.h"

#include "server/child_jobs.h"

namespace drover::server {

void PeriodicDispatcher::note(const StateChanges& changes) {
  for (const auto& change : changes.jobs) {
    const bool concerns = (change.before && change.before->periodic) || (change.after && change.after->periodic);
    if (concerns) track(*changes.snapshot, change.after ? change.after->key() : change.before->key());
  }
  for (const auto& change : changes.launches) {
    if (change.after) track(*changes.snapshot, change.after->job_key());
  }
}

Decisions PeriodicDispatcher::decide(const state::Snapshot& snapshot, Moment now) {
  Decisions decisions;
  for (const auto& [next, key] : order_) {
    if (next > now.wall) {
      decisions.look_within(next - now.wall);
      break;
    }
    const auto job = snapshot.job(key);
    if (!job) continue;
    const WallTime due = entries_.at(key).schedule.latest(launched_until(snapshot, *job), now.wall).value_or(next);
    decisions.actions.push_back(launch(snapshot, *job, due, now.wall));
  }
  return decisions;
}

Action PeriodicDispatcher::launch(const state::Snapshot& snapshot, const model::Job& job, WallTime time, WallTime now) {
  const model::JobKey key = job.key();
  const std::string subject = key.ns + "/" + key.id;
  if (job.periodic->prohibit_overlap && child_is_active(snapshot, key)) {
    return {subject, state::make_command(state::LaunchPeriodic{
                         .ns = key.ns, .job_id = key.id, .launch = time, .child = {}, .eval = {}, .time = now})};
  }
  return {subject, launch_child(job, time, ids_, now).command};
}

void PeriodicDispatcher::track(const state::Snapshot& snapshot, const model::JobKey& key) {
  untrack(key);
  const auto job = snapshot.job(key);
  auto schedule = job ? PeriodicSchedule::of(*job) : std::nullopt;
  const auto next = schedule ? schedule->next(launched_until(snapshot, *job)) : std::nullopt;
  if (!next) return;
  order_.emplace(*next, key);
  entries_.emplace(key, Entry{std::move(*schedule), *next});
}

void PeriodicDispatcher::untrack(const model::JobKey& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  order_.erase({found->second.next, key});
  entries_.erase(found);
}

}  // namespace drover::server
