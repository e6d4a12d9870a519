#include <algorithm>
#include <utility>

#include "api/find.h"
#include "api/handlers.h"
#include "api/replies.h"
#include "api/stubs.h"
#include "codec/describe.h"
#include "codec/json.h"

// Stopping, evaluating and reverting jobs, and marking versions stable.
namespace drover::api {
namespace {

Status check_evaluable(const model::Job& job) {
  if (job.periodic) return err(ErrorCode::Conflict, "can't evaluate periodic job");
  if (job.is_template()) return err(ErrorCode::Conflict, "can't evaluate parameterized job");
  return Ok{};
}

// The failed allocations of a job that nothing has replaced yet.
std::vector<state::AllocTransition> forced_reschedules(const model::Job& job, const state::Snapshot& snapshot) {
  std::vector<state::AllocTransition> out;
  for (const auto& entry : snapshot.allocs_of_job(job.key())) {
    const model::Allocation& alloc = *entry.value;
    const bool failed = alloc.client_status == model::ClientStatus::Failed;
    if (!failed || alloc.server_terminal() || !alloc.next_allocation.empty()) continue;
    out.push_back({.alloc_id = alloc.id, .transition = {.force_reschedule = true}});
  }
  return out;
}

// A stored version as a submission: what the server sets is set anew.
model::Job as_submission(const model::Job& version) {
  model::Job job = version;
  job.stop = false;
  job.stable = false;
  return job;
}

}  // namespace

Result<Write> stop_job(const Request& request, Context& context, const state::Snapshot& snapshot) {
  TRY_LET(const bool purge, bool_param(request, "purge"));
  TRY_LET(const auto job, find_job(request, snapshot));
  state::DeregisterJob command{.ns = job->ns, .job_id = job->id, .purge = purge, .time = context.now()};
  model::EvalId eval_id;
  if (!job->is_template()) {
    eval_id = context.new_eval_id();
    command.eval = model::make_eval(*job, eval_id, model::trigger::kJobDeregister);
  }
  return Write{.command = state::make_command(std::move(command)), .reply = job_reply(eval_id)};
}

Result<Write> evaluate_job(const Request& request, Context& context, const state::Snapshot& snapshot) {
  TRY_LET(const auto body, read_json_object(request));
  TRY_LET(const auto asked, codec::from_value<EvaluateRequest>(body));
  TRY(check_same_job(request, asked.job_id));
  TRY_LET(const auto job, find_job(request, snapshot));
  TRY(check_evaluable(*job));
  state::UpdateTransitions command{
      .evals = {model::make_eval(*job, context.new_eval_id(), model::trigger::kJobRegister)}, .time = context.now()};
  if (asked.eval_options.force_reschedule) command.transitions = forced_reschedules(*job, snapshot);
  const JobChangeResponse answer{.eval_id = command.evals[0].id, .job_modify_index = job->job_modify_index};
  return Write{.command = state::make_command(std::move(command)), .reply = [answer](const state::Reply& reply) {
                 JobChangeResponse filled = answer;
                 filled.eval_create_index = reply.index;
                 filled.index = reply.index;
                 return codec::to_json(filled);
               }};
}

Result<Write> revert_job(const Request& request, Context& context, const state::Snapshot& snapshot) {
  TRY_LET(const auto body, read_json_object(request));
  TRY_LET(const auto asked, codec::from_value<RevertRequest>(body));
  TRY(check_same_job(request, asked.job_id));
  if (!asked.job_version) return err(ErrorCode::InvalidArgument, "JobVersion must be specified");
  TRY_LET(const auto job, find_job(request, snapshot));
  if (asked.enforce_prior_version && *asked.enforce_prior_version != job->version) {
    return err(ErrorCode::Conflict, "Current job has version {}; enforcing version {}", job->version,
               *asked.enforce_prior_version);
  }
  if (*asked.job_version == job->version) return err(ErrorCode::Conflict, "can't revert to current version");
  const auto version = snapshot.job_version(job->key(), *asked.job_version);
  if (!version || version->create_index != job->create_index) {
    return err(ErrorCode::NotFound, "job \"{}\" in namespace \"{}\" at version {} not found", job->id, job->ns,
               *asked.job_version);
  }
  state::RegisterJob command{.job = as_submission(*version), .time = context.now()};
  // What was looked at here is what gets replaced.
  command.enforce_modify_index = job->job_modify_index;
  model::EvalId eval_id;
  if (!version->is_template()) {
    eval_id = context.new_eval_id();
    command.eval = model::make_eval(*version, eval_id, model::trigger::kJobRegister);
  }
  return Write{.command = state::make_command(std::move(command)), .reply = job_reply(eval_id)};
}

Result<Write> set_job_stability(const Request& request, Context&, const state::Snapshot& snapshot) {
  TRY_LET(const auto body, read_json_object(request));
  TRY_LET(const auto asked, codec::from_value<StabilityRequest>(body));
  TRY(check_same_job(request, asked.job_id));
  if (!asked.job_version) return err(ErrorCode::InvalidArgument, "JobVersion must be specified");
  TRY_LET(const auto job, find_job(request, snapshot));
  if (!snapshot.job_version(job->key(), *asked.job_version)) {
    return err(ErrorCode::NotFound, "job \"{}\" in namespace \"{}\" at version {} not found", job->id, job->ns,
               *asked.job_version);
  }
  state::SetJobStability command{
      .ns = job->ns, .job_id = job->id, .version = *asked.job_version, .stable = asked.stable};
  return Write{
      .command = state::make_command(std::move(command)), .reply = [](const state::Reply& reply) {
        return codec::to_json(StabilityResponse{.job_modify_index = reply.job_modify_index, .index = reply.index});
      }};
}

}  // namespace drover::api
