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
  return_from_the_future(now.wall);
  Decisions decisions;
  for (const auto& [next, key] : by_next_) {
    if (next > now.wall) {
      decisions.look_within(next - now.wall);
      break;
    }
    const auto job = snapshot.job(key);
    if (!job) continue;
    const Entry& entry = entries_.at(key);
    const WallTime due = entry.schedule.latest(entry.since, now.wall).value_or(next);
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
  if (schedule) add(key, std::move(*schedule), launched_until(snapshot, *job));
}

void PeriodicDispatcher::add(const model::JobKey& key, PeriodicSchedule schedule, WallTime since) {
  const auto next = schedule.next(since);
  if (!next) return;
  by_next_.emplace(*next, key);
  by_since_.emplace(since, key);
  entries_.emplace(key, Entry{std::move(schedule), since, *next});
}

// The clock was set back: what it noted when it ran ahead does not count.
void PeriodicDispatcher::return_from_the_future(WallTime now) {
  while (!by_since_.empty() && model::from_the_future(by_since_.rbegin()->first, now)) {
    const model::JobKey key = by_since_.rbegin()->second;
    PeriodicSchedule schedule = std::move(entries_.at(key).schedule);
    untrack(key);
    add(key, std::move(schedule), now);
  }
}

void PeriodicDispatcher::untrack(const model::JobKey& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  by_next_.erase({found->second.next, key});
  by_since_.erase({found->second.since, key});
  entries_.erase(found);
}

}  // namespace drover::server
