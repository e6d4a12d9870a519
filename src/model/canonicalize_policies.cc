#include <algorithm>

#include "model/canonicalize_parts.h"

// The policies of policies.h: how the job's, the group's and the defaults become one.
namespace drover::model {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Longer times are left as they are: validate() says what is wrong with them, and sums of others do not overflow.
constexpr Duration kLongest = hours(24 * 365);

void fill_members(RestartPolicy& policy, const RestartPolicy& fallback) {
  fill(policy.attempts, fallback.attempts);
  fill(policy.interval, fallback.interval);
  fill(policy.delay, fallback.delay);
  fill(policy.mode, fallback.mode);
  fill(policy.render_templates, fallback.render_templates);
}

// What follows from the members that were given: no attempts leave only mode "fail", and attempts that do not fit into
// the default interval get one that they do fit into.
void complete_restart(RestartPolicy& policy, const RestartPolicy& defaults) {
  if (policy.attempts == 0 && !policy.mode) policy.mode = "fail";
  const int64_t attempts = policy.attempts.value_or(*defaults.attempts);
  const Duration delay = policy.delay.value_or(*defaults.delay);
  if (policy.interval || attempts <= 0 || delay <= Duration::zero() || delay > kLongest / attempts) return;
  if (attempts * delay > *defaults.interval) policy.interval = 2 * attempts * delay;
}

void fill_members(ReschedulePolicy& policy, const ReschedulePolicy& fallback) {
  fill(policy.attempts, fallback.attempts);
  fill(policy.interval, fallback.interval);
  fill(policy.delay, fallback.delay);
  fill(policy.delay_function, fallback.delay_function);
  fill(policy.max_delay, fallback.max_delay);
  fill(policy.unlimited, fallback.unlimited);
}

void fill_members(UpdateStrategy& update, const UpdateStrategy& fallback) {
  fill(update.stagger, fallback.stagger);
  fill(update.max_parallel, fallback.max_parallel);
  fill(update.health_check, fallback.health_check);
  fill(update.min_healthy_time, fallback.min_healthy_time);
  fill(update.healthy_deadline, fallback.healthy_deadline);
  fill(update.progress_deadline, fallback.progress_deadline);
  fill(update.auto_revert, fallback.auto_revert);
  fill(update.auto_promote, fallback.auto_promote);
  fill(update.canary, fallback.canary);
}

void fill_members(MigrateStrategy& migrate, const MigrateStrategy& fallback) {
  fill(migrate.max_parallel, fallback.max_parallel);
  fill(migrate.health_check, fallback.health_check);
  fill(migrate.min_healthy_time, fallback.min_healthy_time);
  fill(migrate.healthy_deadline, fallback.healthy_deadline);
}

// 003 knows only `stagger` and `max_parallel`: "a delay between sets of task updates". With health-based updates that
// is the time an allocation has to be healthy before the next ones follow.
void convert_staggered(UpdateStrategy& update) {
  const bool health_based = update.health_check || update.min_healthy_time || update.healthy_deadline ||
                            update.progress_deadline || update.auto_revert || update.auto_promote || update.canary;
  if (health_based || !update.stagger || *update.stagger <= Duration::zero()) return;
  update.min_healthy_time = update.stagger;
  if (*update.stagger > kLongest) return;
  const UpdateStrategy defaults = default_update();
  if (*update.stagger >= *defaults.healthy_deadline) update.healthy_deadline = *update.stagger + minutes(5);
  const Duration deadline = update.healthy_deadline.value_or(*defaults.healthy_deadline);
  if (deadline >= *defaults.progress_deadline) update.progress_deadline = deadline + minutes(5);
}

// Clients that resubmit what a server answered send blocks in which everything is given as zero: nothing is asked for.
bool asks_for_nothing(const UpdateStrategy& update) {
  const auto zero = [](const auto& value) { return !value || *value == std::decay_t<decltype(*value)>{}; };
  const bool complete = update.max_parallel && update.min_healthy_time && update.healthy_deadline;
  return complete && zero(update.max_parallel) && zero(update.min_healthy_time) && zero(update.healthy_deadline) &&
         zero(update.stagger) && zero(update.health_check) && zero(update.progress_deadline) &&
         zero(update.auto_revert) && zero(update.auto_promote) && zero(update.canary);
}

// REQUIRES a complete policy.
bool asks_for_nothing(const ReschedulePolicy& policy) {
  const Duration times = std::max({*policy.interval, *policy.delay, *policy.max_delay});
  return *policy.attempts == 0 && !*policy.unlimited && times == Duration::zero();
}

void drop_empty(std::optional<UpdateStrategy>& update) {
  if (update && asks_for_nothing(*update)) update.reset();
  if (update && update->health_check == "") update->health_check.reset();
}

void drop_empty(RestartPolicy& policy) {
  if (policy.mode == "") policy.mode.reset();
}

void drop_empty(ReschedulePolicy& policy) {
  if (policy.delay_function == "") policy.delay_function.reset();
}

void drop_empty(MigrateStrategy& migrate) {
  if (migrate.health_check == "") migrate.health_check.reset();
}

void merge_update(const std::optional<UpdateStrategy>& job, std::optional<UpdateStrategy>& group) {
  if (!job && !group) return;
  if (!group) group.emplace();
  if (job) fill_members(*group, *job);
  convert_staggered(*group);
  fill_members(*group, default_update());
}

bool is_never_rescheduled(JobType type) {
  return type == JobType::System || type == JobType::Sysbatch;
}

void merge_reschedule(const std::optional<ReschedulePolicy>& job, std::optional<ReschedulePolicy>& group,
                      JobType type) {
  const bool given = job || group;
  const bool never = is_never_rescheduled(type);
  if (never && !given) return;
  if (!group) group.emplace();
  drop_empty(*group);
  if (job) fill_members(*group, *job);
  if (!group->unlimited && group->attempts.value_or(0) > 0) group->unlimited = false;
  fill_members(*group, default_reschedule(type));
  if (never && !job && asks_for_nothing(*group)) group.reset();
}

// Services have it whether they ask for it or not; in jobs of other types validate() refuses what was given.
void merge_migrate(const std::optional<MigrateStrategy>& job, std::optional<MigrateStrategy>& group, JobType type) {
  if (type == JobType::Service && !group) group.emplace();
  if (!group) return;
  drop_empty(*group);
  if (job) fill_members(*group, *job);
  fill_members(*group, default_migrate());
}

}  // namespace

RestartPolicy default_restart(JobType type) {
  if (type == JobType::Batch || type == JobType::Sysbatch) {
    return {.attempts = 15, .interval = hours(168), .delay = seconds(15), .mode = "delay"};
  }
  return {.attempts = 2, .interval = minutes(1), .delay = seconds(15), .mode = "delay"};
}

ReschedulePolicy default_reschedule(JobType type) {
  if (type == JobType::Service) {
    return {.attempts = 0,
            .interval = Duration::zero(),
            .delay = seconds(30),
            .delay_function = "exponential",
            .max_delay = hours(1),
            .unlimited = true};
  }
  return {.attempts = type == JobType::Batch ? 1 : 0,
          .interval = hours(24),
          .delay = seconds(5),
          .delay_function = "constant",
          .max_delay = Duration::zero(),
          .unlimited = false};
}

UpdateStrategy default_update() {
  return {.stagger = seconds(30),
          .max_parallel = 1,
          .health_check = "checks",
          .min_healthy_time = seconds(10),
          .healthy_deadline = minutes(5),
          .progress_deadline = minutes(10),
          .auto_revert = false,
          .auto_promote = false,
          .canary = 0};
}

MigrateStrategy default_migrate() {
  return {.max_parallel = 1, .health_check = "checks", .min_healthy_time = seconds(10), .healthy_deadline = minutes(5)};
}

void prepare_job_policies(Job& job) {
  drop_empty(job.update);
  if (job.reschedule) drop_empty(*job.reschedule);
  if (job.reschedule && is_never_rescheduled(job.type)) merge_reschedule(std::nullopt, job.reschedule, job.type);
  if (job.migrate) drop_empty(*job.migrate);
}

void complete_job_policies(Job& job) {
  if (job.update) {
    convert_staggered(*job.update);
    fill_members(*job.update, default_update());
  }
  if (job.reschedule) merge_reschedule(std::nullopt, job.reschedule, job.type);
  if (job.migrate) fill_members(*job.migrate, default_migrate());
}

void canonicalize_policies(TaskGroup& group, const Job& job) {
  drop_empty(group.update);
  merge_update(job.update, group.update);
  if (!group.restart) group.restart.emplace();
  drop_empty(*group.restart);
  complete_restart(*group.restart, default_restart(job.type));
  fill_members(*group.restart, default_restart(job.type));
  merge_reschedule(job.reschedule, group.reschedule, job.type);
  merge_migrate(job.migrate, group.migrate, job.type);
}

void canonicalize_restart(Task& task, const TaskGroup& group) {
  if (!task.restart) return;
  drop_empty(*task.restart);
  complete_restart(*task.restart, *group.restart);
  fill_members(*task.restart, *group.restart);
}

}  // namespace drover::model
