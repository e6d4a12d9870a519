#include "codec/compare.h"
#include "codec/describe.h"
#include "state/apply.h"

#include <algorithm>
#include <utility>

// Launches of periodic jobs, scaling, and the configuration of the scheduler.
namespace drover::state {

using model::Job;
using model::JobKey;

namespace {

Status check_count(const Job& job, const model::TaskGroup& group, int64_t count) {
  if (count < 0 || count > INT32_MAX) {
    return err(ErrorCode::InvalidArgument, "count {} of group \"{}\" is out of range", count, group.name);
  }
  const bool everywhere = job.type == model::JobType::System || job.type == model::JobType::Sysbatch;
  if (everywhere && count > 1) {
    return err(ErrorCode::InvalidArgument,
               "job \"{}\" runs once on every node: the count of group \"{}\" can only be 0 or 1, not {}", job.id,
               group.name, count);
  }
  if (!group.scaling) return Ok{};
  if (group.scaling->min && count < *group.scaling->min) {
    return err(ErrorCode::InvalidArgument, "group count was less than scaling policy minimum: {} < {}", count,
               *group.scaling->min);
  }
  if (group.scaling->max && count > *group.scaling->max) {
    return err(ErrorCode::InvalidArgument, "group count was greater than scaling policy maximum: {} > {}", count,
               *group.scaling->max);
  }
  return Ok{};
}

Status check_scalable(const Snapshot& view, const Job& job) {
  if (job.stop) return err(ErrorCode::Conflict, "job \"{}\" is stopped", job.id);
  const auto deployment = view.latest_deployment(job.key());
  if (deployment && deployment->active() && deployment->job_create_index == job.create_index) {
    return err(ErrorCode::Conflict, "job scaling blocked due to active deployment {}", deployment->id.str());
  }
  return Ok{};
}

void write_count(Draft& draft, Job job, const std::string& group, int64_t count, WallTime time) {
  const auto scaled = std::ranges::find(job.task_groups, group, &model::TaskGroup::name);
  scaled->count = static_cast<int32_t>(count);
  write_job(draft, std::move(job), time);
}

void write_event(Draft& draft, const ScaleJob& command, int64_t previous_count) {
  const JobKey key{command.ns, command.job_id};
  const auto stored = draft.view().scaling_events(key);
  model::JobScalingEvents all = stored ? *stored : model::JobScalingEvents{.ns = key.ns, .job_id = key.id};
  model::ScalingEvent event = command.event;
  event.time = command.time;
  event.previous_count = previous_count;
  event.eval_id = command.eval ? command.eval->id : model::EvalId();
  event.create_index = draft.index();
  auto& events = all.events[command.group];
  events.insert(events.begin(), std::move(event));
  if (events.size() > model::kMaxScalingEvents) events.resize(model::kMaxScalingEvents);
  draft.put_scaling_events(std::move(all));
}

Reply reply_about(Draft& draft, const JobKey& key, const std::optional<model::Evaluation>& eval, WallTime time) {
  const auto job = draft.view().job(key);
  Reply reply{.job_modify_index = job->job_modify_index, .job_version = job->version};
  if (eval) write_job_eval(draft, *eval, job->job_modify_index, time, reply);
  return reply;
}

}  // namespace

Result<Reply> apply_command(Draft& draft, const LaunchPeriodic& command) {
  const JobKey key{command.ns, command.job_id};
  const Row<Job> job = draft.view().job(key);
  if (!job || !job->periodic) {
    return err(ErrorCode::NotFound, "no periodic job \"{}\" in namespace \"{}\"", key.id, key.ns);
  }
  const auto noted = draft.view().periodic_launch(key);
  const bool counts = noted && !model::from_the_future(noted->launch, command.time);
  if (counts && command.launch <= noted->launch) return Reply{};
  TRY(check_eval(draft.view(), command.eval));

  model::PeriodicLaunch launch = noted ? *noted : model::PeriodicLaunch{.ns = key.ns, .job_id = key.id};
  launch.launch = command.launch;
  draft.put_launch(std::move(launch));
  if (!command.child || draft.view().job(command.child->key())) return Reply{};
  write_job(draft, *command.child, command.time);
  return reply_about(draft, command.child->key(), command.eval, command.time);
}

Result<Reply> apply_command(Draft& draft, const ScaleJob& command) {
  const JobKey key{command.ns, command.job_id};
  const Row<Job> job = draft.view().job(key);
  if (!job) return err(ErrorCode::NotFound, "no job \"{}\" in namespace \"{}\"", key.id, key.ns);
  const model::TaskGroup* group = job->find_group(command.group);
  if (!group) return err(ErrorCode::NotFound, "job \"{}\" has no group \"{}\"", key.id, command.group);
  if (command.event.count) {
    TRY(check_scalable(draft.view(), *job));
    TRY(check_count(*job, *group, *command.event.count));
  }
  TRY(check_eval(draft.view(), command.eval));

  const int64_t previous_count = group->count;
  if (command.event.count) write_count(draft, *job, command.group, *command.event.count, command.time);
  write_event(draft, command, previous_count);
  return reply_about(draft, key, command.eval, command.time);
}

Result<Reply> apply_command(Draft& draft, const SetSchedulerConfig& command) {
  const model::SchedulerConfig& stored = draft.view().scheduler_config();
  if (command.check_index && *command.check_index != stored.modify_index) {
    return err(ErrorCode::Conflict, "the scheduler configuration is at index {}, not at {}", stored.modify_index,
               *command.check_index);
  }
  model::SchedulerConfig config = command.config;
  config.create_index = stored.create_index;
  config.modify_index = stored.modify_index;
  if (stored.modify_index == 0 || !codec::equal(stored, config)) draft.put_scheduler_config(std::move(config));
  return Reply{};
}

}  // namespace drover::state
