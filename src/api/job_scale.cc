#include <utility>

#include "api/find.h"
#include "api/handlers.h"
#include "api/json_object.h"
#include "api/replies.h"
#include "api/stubs.h"
#include "api/submission.h"
#include "codec/describe.h"

// The counts of a job's groups, and changing them.
namespace drover::api {
namespace {

// How many allocations of a group there are, and how they fare.
struct GroupCounts {
  uint64_t placed = 0;
  uint64_t running = 0;
  uint64_t healthy = 0;
  uint64_t unhealthy = 0;
};

std::map<std::string, GroupCounts, std::less<>> count_groups(const model::Job& job, const state::Snapshot& snapshot) {
  std::map<std::string, GroupCounts, std::less<>> counts;
  for (const auto& entry : snapshot.allocs_of_job(job.key())) {
    const model::Allocation& alloc = *entry.value;
    if (alloc.terminal()) continue;
    GroupCounts& group = counts[std::string(alloc.task_group)];
    ++group.placed;
    if (alloc.client_status == model::ClientStatus::Running) ++group.running;
    if (!alloc.deployment_status || !alloc.deployment_status->healthy) continue;
    ++(*alloc.deployment_status->healthy ? group.healthy : group.unhealthy);
  }
  return counts;
}

void write_event(std::string& out, const model::ScalingEvent& event) {
  JsonObject object(out);
  object.member("Time", event.time);
  object.member("Count", event.count);
  object.member("PreviousCount", event.previous_count);
  object.text("Message", event.message);
  object.boolean("Error", event.error);
  object.member("Meta", event.meta);
  if (event.eval_id.empty()) {
    object.null("EvalID");
  } else {
    object.text("EvalID", event.eval_id.str());
  }
  object.number("CreateIndex", event.create_index);
  object.end();
}

void write_group(std::string& out, const model::TaskGroup& group, const GroupCounts& counts,
                 const model::JobScalingEvents* events) {
  JsonObject object(out);
  object.number("Desired", static_cast<uint64_t>(group.count));
  object.number("Placed", counts.placed);
  object.number("Running", counts.running);
  object.number("Healthy", counts.healthy);
  object.number("Unhealthy", counts.unhealthy);
  const auto of_group = events ? events->events.find(group.name) : decltype(events->events.end()){};
  const bool any = events && of_group != events->events.end();
  object.list("Events", any ? of_group->second : std::vector<model::ScalingEvent>(), write_event);
  object.end();
}

Result<std::string> group_to_scale(const ScaleRequest& asked) {
  const auto found = asked.target.find("Group");
  if (found == asked.target.end() || found->second.empty()) {
    return err(ErrorCode::InvalidArgument, "missing task group name for scaling action");
  }
  return found->second;
}

Status check_scale(const ScaleRequest& asked) {
  if (asked.error && asked.count) {
    return err(ErrorCode::InvalidArgument, "scaling action should not contain count if error is true");
  }
  if (asked.count && *asked.count < 0) {
    return err(ErrorCode::InvalidArgument, "scaling action count can't be negative");
  }
  if (!asked.meta.is_null() && !asked.meta.as_object()) {
    return err(ErrorCode::InvalidArgument, "Meta must be an object, not a {}", asked.meta.type_name());
  }
  return Ok{};
}

}  // namespace

Result<Answer> get_job_scale(const Request& request, const SnapshotPtr& snapshot) {
  TRY_LET(const auto job, find_job(request, *snapshot));
  const auto counts = count_groups(*job, *snapshot);
  const auto events = snapshot->scaling_events(job->key());
  Answer answer;
  JsonObject object(answer.body);
  object.text("JobID", job->id);
  object.text("Namespace", job->ns);
  object.number("JobCreateIndex", job->create_index);
  object.number("JobModifyIndex", job->modify_index);
  object.boolean("JobStopped", job->stop);
  JsonObject groups(object.value("TaskGroups"));
  for (const model::TaskGroup& group : job->task_groups) {
    const auto counted = counts.find(group.name);
    write_group(groups.value(group.name), group, counted == counts.end() ? GroupCounts{} : counted->second,
                events.get());
  }
  groups.end();
  object.end();
  return answer;
}

Result<Write> scale_job(const Request& request, Context& context, const state::Snapshot& snapshot) {
  TRY_LET(const auto body, read_json_object(request));
  TRY_LET(auto asked, codec::from_value<ScaleRequest>(body));
  TRY_LET(const std::string group, group_to_scale(asked));
  TRY(check_scale(asked));
  TRY_LET(const auto job, find_job(request, snapshot));
  if (asked.count) TRY(check_registration_allowed(snapshot));
  if (!job->find_group(group)) {
    return err(ErrorCode::InvalidArgument, "task group \"{}\" specified for scaling does not exist in job", group);
  }
  state::ScaleJob command{.ns = job->ns, .job_id = job->id, .group = group, .time = context.now()};
  command.event = {.count = asked.count, .message = std::move(asked.message), .error = asked.error};
  command.event.meta = std::move(asked.meta);
  model::EvalId eval_id;
  if (asked.count && !job->is_template()) {
    eval_id = context.new_eval_id();
    command.eval = model::make_eval(*job, eval_id, model::trigger::kScaling);
  }
  return Write{.command = state::make_command(std::move(command)), .reply = job_reply(eval_id)};
}

}  // namespace drover::api
