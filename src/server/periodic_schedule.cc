#include "server/periodic_schedule.h"

#include <algorithm>

namespace drover::server {

std::optional<PeriodicSchedule> PeriodicSchedule::of(const model::Job& job) {
  if (!job.periodic || !job.periodic->enabled || job.stop) return std::nullopt;
  const model::Periodic& periodic = *job.periodic;
  auto zone = model::TimeZone::load(periodic.time_zone);
  if (!zone) return std::nullopt;
  std::vector<std::string> specs = periodic.specs;
  if (!periodic.spec.empty()) specs.push_back(periodic.spec);
  std::vector<model::Cron> crons;
  for (const std::string& spec : specs) {
    auto cron = model::Cron::parse(spec);
    if (cron) crons.push_back(std::move(*cron));
  }
  if (crons.empty()) return std::nullopt;
  return PeriodicSchedule(std::move(crons), std::move(*zone));
}

// Looks back in growing steps, so that a long absence of a schedule of seconds costs no more than of one of days.
std::optional<WallTime> PeriodicSchedule::latest(WallTime after, WallTime now) const {
  std::optional<WallTime> found;
  for (Duration back = std::chrono::minutes(1); !found; back *= 4) {
    const WallTime from = std::max(after, now + -back);
    auto time = next(from);
    while (time && *time <= now) {
      found = time;
      time = next(*time);
    }
    if (from == after) break;
  }
  return found;
}

WallTime launched_until(const state::Snapshot& snapshot, const model::Job& job) {
  const auto noted = snapshot.periodic_launch(job.key());
  return noted ? std::max(noted->launch, job.submit_time) : job.submit_time;
}

bool child_is_active(const state::Snapshot& snapshot, const model::JobKey& parent) {
  return std::ranges::any_of(snapshot.children_of(parent), [&](const auto& child) {
    const state::JobActivity activity = snapshot.activity_of_job(child->key());
    return activity.live_allocs > 0 || activity.live_evals > 0;
  });
}

}  // namespace drover::server
