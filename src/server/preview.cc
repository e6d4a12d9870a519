#include "server/preview.h"

#include "sched/scheduler.h"
#include "server/periodic_schedule.h"

namespace drover::server {
namespace {

// The job as it would be stored.
model::Job candidate_of(const state::Snapshot& snapshot, const model::Job& job) {
  model::Job candidate = job;
  const auto stored = snapshot.job(job.key());
  if (!stored) return candidate;
  const bool same = !stored->stop && model::same_specification(*stored, job);
  candidate.version = same ? stored->version : snapshot.versions_of_job(job.key()).front()->version + 1;
  candidate.job_modify_index = stored->job_modify_index;
  candidate.create_index = stored->create_index;
  return candidate;
}

}  // namespace

PlanPreview preview_job(const state::Snapshot& snapshot, const model::Job& job, WallTime now, uint64_t seed,
                        const sched::HeldIndex* held) {
  const auto candidate = std::make_shared<const model::Job>(candidate_of(snapshot, job));
  const model::Evaluation eval = model::make_eval(*candidate, {}, model::trigger::kJobRegister);
  sched::Decision decision =
      sched::schedule({.snapshot = snapshot, .eval = eval, .job = candidate, .now = now, .held = held, .seed = seed});
  PlanPreview preview{.desired_updates = std::move(decision.plan.desired_updates),
                      .failed_tg_allocs = std::move(decision.failed),
                      .job_modify_index = candidate->job_modify_index,
                      .next_periodic_launch = {},
                      .deployment = std::move(decision.plan.deployment),
                      .preempted = {}};
  for (const model::PlannedStop& stop : decision.plan.preemptions) preview.preempted.push_back(stop.alloc_id);
  if (const auto schedule = PeriodicSchedule::of(job)) preview.next_periodic_launch = schedule->next(now);
  return preview;
}

}  // namespace drover::server
