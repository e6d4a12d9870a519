#include "model/canonicalize.h"

#include <algorithm>

#include "base/strings.h"

namespace drover::model {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Longer times are left as they are: validate() says what is wrong with them, and sums of others do not overflow.
constexpr Duration kLongest = hours(24 * 365);

template <class T>
void fill(std::optional<T>& value, const std::optional<T>& fallback) {
  if (!value) value = fallback;
}

void fill(std::string& value, std::string_view fallback) {
  if (value.empty()) value = fallback;
}

void fill(RestartPolicy& policy, const RestartPolicy& fallback) {
  fill(policy.attempts, fallback.attempts);
  fill(policy.interval, fallback.interval);
  fill(policy.delay, fallback.delay);
  fill(policy.mode, fallback.mode);
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

void fill(ReschedulePolicy& policy, const ReschedulePolicy& fallback) {
  fill(policy.attempts, fallback.attempts);
  fill(policy.interval, fallback.interval);
  fill(policy.delay, fallback.delay);
  fill(policy.delay_function, fallback.delay_function);
  fill(policy.max_delay, fallback.max_delay);
  fill(policy.unlimited, fallback.unlimited);
}

void fill(UpdateStrategy& update, const UpdateStrategy& fallback) {
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

void merge_update(const std::optional<UpdateStrategy>& job, std::optional<UpdateStrategy>& group) {
  if (!job && !group) return;
  if (!group) group.emplace();
  if (job) fill(*group, *job);
  convert_staggered(*group);
  fill(*group, default_update());
}

void merge_reschedule(const std::optional<ReschedulePolicy>& job, std::optional<ReschedulePolicy>& group,
                      JobType type) {
  const bool given = job || group;
  const bool never = type == JobType::System || type == JobType::Sysbatch;
  if (never && !given) return;
  if (!group) group.emplace();
  drop_empty(*group);
  if (job) fill(*group, *job);
  if (!group->unlimited && group->attempts.value_or(0) > 0) group->unlimited = false;
  fill(*group, default_reschedule(type));
  if (never && asks_for_nothing(*group)) group.reset();
}

// Replaces the names that a service may be called after. Everything else in `${…}` is the client's.
std::string expand_names(std::string text, const Job& job, const TaskGroup& group, std::string_view task) {
  const std::string base = job.name + "-" + group.name + "-" + std::string(task);
  text = replace_all(std::move(text), "${BASE}", base);
  text = replace_all(std::move(text), "${JOB}", job.name);
  text = replace_all(std::move(text), "${TASKGROUP}", group.name);
  return replace_all(std::move(text), "${TASK}", task);
}

void canonicalize_check(Check& check, const Service& service) {
  fill(check.name, "service: \"" + service.name + "\" check");
  check.type = to_lower(check.type);
  fill(check.address_mode, "host");
  if (check.type == "http") {
    fill(check.protocol, "http");
    fill(check.method, "GET");
  }
  if (check.type != "script") fill(check.port_label, service.port_label);
  if (!check.check_restart) check.check_restart = service.check_restart;
}

void canonicalize_service(Service& service, const Job& job, const TaskGroup& group, std::string_view task) {
  fill(service.name, "${BASE}");
  service.name = expand_names(std::move(service.name), job, group, task);
  fill(service.address_mode, "auto");
  for (Check& check : service.checks) canonicalize_check(check, service);
}

void canonicalize_artifact(Artifact& artifact) {
  fill(artifact.mode, "any");
  if (!artifact.destination.empty()) return;
  artifact.destination = "local/";
  if (artifact.mode != "file") return;
  const std::string path = artifact.source.substr(0, artifact.source.find('?'));
  artifact.destination += path.substr(path.rfind('/') + 1);
}

void canonicalize_template(Template& file) {
  const Template defaults;
  fill(file.change_mode, defaults.change_mode);
  fill(file.perms, defaults.perms);
  fill(file.left_delim, defaults.left_delim);
  fill(file.right_delim, defaults.right_delim);
  file.change_signal = to_upper(file.change_signal);
}

void canonicalize_constraints(std::vector<Constraint>& constraints) {
  for (Constraint& constraint : constraints) fill(constraint.operand, "=");
}

// 001: the value of a dynamic port is ignored.
void canonicalize_networks(std::vector<Network>& networks) {
  for (Network& network : networks) {
    for (Port& port : network.dynamic_ports) port.value = 0;
  }
}

void canonicalize_task(Task& task, const Job& job, TaskGroup& group) {
  if (task.config.is_null()) task.config = codec::Value::Object{};
  task.kill_signal = to_upper(task.kill_signal);
  if (task.restart) {
    drop_empty(*task.restart);
    complete_restart(*task.restart, *group.restart);
    fill(*task.restart, *group.restart);
  }
  for (Service& service : task.services) canonicalize_service(service, job, group, task.name);
  canonicalize_constraints(task.constraints);
  canonicalize_networks(task.resources.networks);
  for (Artifact& artifact : task.artifacts) canonicalize_artifact(artifact);
  for (Template& file : task.templates) canonicalize_template(file);
}

// 003's `disk` of each task is the group's disk, unless the group says so itself.
void move_task_disks(TaskGroup& group) {
  int64_t sum = 0;
  for (const Task& task : group.tasks) sum += std::max(task.resources.disk_mb, 0);
  if (sum <= 0) return;
  if (group.ephemeral_disk.size_mb == EphemeralDisk{}.size_mb) {
    group.ephemeral_disk.size_mb = static_cast<int32_t>(std::min<int64_t>(sum, INT32_MAX));
  }
  for (Task& task : group.tasks) task.resources.disk_mb = std::min(task.resources.disk_mb, 0);
}

void canonicalize_group(TaskGroup& group, const Job& job) {
  drop_empty(group.update);
  merge_update(job.update, group.update);
  if (!group.restart) group.restart.emplace();
  drop_empty(*group.restart);
  complete_restart(*group.restart, default_restart(job.type));
  fill(*group.restart, default_restart(job.type));
  merge_reschedule(job.reschedule, group.reschedule, job.type);
  move_task_disks(group);
  canonicalize_constraints(group.constraints);
  canonicalize_networks(group.networks);
  for (Service& service : group.services) canonicalize_service(service, job, group, "group");
  for (Task& task : group.tasks) canonicalize_task(task, job, group);
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

void canonicalize(Job& job) {
  fill(job.name, job.id);
  fill(job.ns, kDefaultNamespace);
  fill(job.region, kDefaultRegion);
  fill(job.node_pool, kDefaultNodePool);
  if (job.periodic) {
    fill(job.periodic->spec_type, "cron");
    fill(job.periodic->time_zone, "UTC");
  }
  drop_empty(job.update);
  if (job.reschedule) drop_empty(*job.reschedule);
  if (job.parameterized) fill(job.parameterized->payload, "optional");
  canonicalize_constraints(job.constraints);
  for (TaskGroup& group : job.task_groups) canonicalize_group(group, job);
  if (job.update) {
    convert_staggered(*job.update);
    fill(*job.update, default_update());
  }
  if (job.reschedule) merge_reschedule(std::nullopt, job.reschedule, job.type);
}

}  // namespace drover::model
