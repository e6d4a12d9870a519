#include "base/duration.h"
#include "model/logistics.h"
#include "state/apply.h"
#include "state/derive.h"

#include <utility>

namespace drover::state {

using model::Job;
using model::JobKey;

namespace {

std::string_view type_name(model::JobType type) {
  switch (type) {
    case model::JobType::Service:
      return "service";
    case model::JobType::Batch:
      return "batch";
    case model::JobType::System:
      return "system";
    case model::JobType::Sysbatch:
      return "sysbatch";
  }
  return "";
}

Status check_modify_index(const Job* stored, uint64_t wanted) {
  if (!stored && wanted != 0) {
    return err(ErrorCode::Conflict, "Enforcing job modify index {}: job does not exist", wanted);
  }
  if (stored && wanted == 0) return err(ErrorCode::Conflict, "Enforcing job modify index 0: job already exists");
  if (stored && stored->job_modify_index != wanted) {
    return err(ErrorCode::Conflict, "Enforcing job modify index {}: job exists with conflicting job modify index: {}",
               wanted, stored->job_modify_index);
  }
  return Ok{};
}

// Versions of a purged job stay while allocations run them, so that a new job of that name counts on from there.
uint64_t next_version(const Snapshot& view, const JobKey& key) {
  const auto versions = view.versions_of_job(key);
  return versions.empty() ? 0 : versions.front()->version + 1;
}

void write_version(Draft& draft, Job job, const Job* stored, WallTime time) {
  const JobKey key = job.key();
  job.version = next_version(draft.view(), key);
  job.job_modify_index = draft.index();
  job.submit_time = time;
  job.stable = false;
  job.status = stored ? stored->status : model::JobStatus::Pending;
  job.status_description = stored ? stored->status_description : "";
  draft.put_job(std::move(job));
  draft.trim_versions(key);
}

void cancel_deployments(Draft& draft, const JobKey& key, WallTime time) {
  std::vector<model::DeploymentUpdate> updates;
  for (const auto& entry : draft.view().deployments_of_job(key)) {
    updates.push_back({.deployment_id = entry.key,
                       .status = model::DeploymentState::Cancelled,
                       .status_description = model::deployment_text::kStoppedJob});
  }
  for (const model::DeploymentUpdate& update : updates) write_deployment_status(draft, update, time);
}

Reply reply_about(const Job& job) {
  return {.job_id = job.id, .job_modify_index = job.job_modify_index, .job_version = job.version};
}

}  // namespace

Status check_kind(const Job& stored, const Job& job) {
  if (stored.type != job.type) {
    return err(ErrorCode::Conflict, "cannot update job from type \"{}\" to \"{}\"", type_name(stored.type),
               type_name(job.type));
  }
  if (stored.periodic && !job.periodic) {
    return err(ErrorCode::Conflict, "cannot update periodic job to being non-periodic");
  }
  if (!stored.periodic && job.periodic) {
    return err(ErrorCode::Conflict, "cannot update non-periodic job to being periodic");
  }
  if (stored.parameterized && !job.parameterized) {
    return err(ErrorCode::Conflict, "cannot update parameterized job to being non-parameterized");
  }
  if (!stored.parameterized && job.parameterized) {
    return err(ErrorCode::Conflict, "cannot update non-parameterized job to being parameterized");
  }
  return Ok{};
}

void write_job(Draft& draft, Job job, WallTime time) {
  const Row<Job> stored = draft.view().job(job.key());
  const bool changed = !stored || stored->stop != job.stop || !model::same_specification(*stored, job);
  job.logistics_outcome.clear();
  if (changed) write_version(draft, std::move(job), stored.get(), time);
}

void write_job_eval(Draft& draft, model::Evaluation eval, uint64_t job_modify_index, WallTime time, Reply& reply) {
  eval.job_modify_index = job_modify_index;
  write_evals(draft, {std::move(eval)}, time);
  reply.eval_create_index = draft.index();
}

void mark_stability(Draft& draft, const JobKey& key, uint64_t version, bool stable) {
  const Row<Job> current = draft.view().job(key);
  const Row<Job> stored = draft.view().job_version(key, version);
  if (!current || !stored || stored->stable == stable) return;
  Job changed = *stored;
  changed.stable = stable;
  if (current->version == version) {
    draft.put_job(std::move(changed));
  } else {
    draft.put_old_version(std::move(changed));
  }
}

Result<Reply> apply_command(Draft& draft, const RegisterJob& command) {
  const JobKey key = command.job.key();
  if (!command.job.dispatch_token.empty()) {
    if (const auto child = draft.view().dispatched_with(dispatch_key(command.job))) return reply_about(*child);
  }
  const Row<Job> stored = draft.view().job(key);
  if (command.enforce_modify_index) TRY(check_modify_index(stored.get(), *command.enforce_modify_index));
  if (stored) TRY(check_kind(*stored, command.job));
  TRY(check_eval(draft.view(), command.eval));

  write_job(draft, command.job, command.time);
  const Row<Job> current = draft.view().job(key);
  Reply reply = reply_about(*current);
  if (command.eval) write_job_eval(draft, *command.eval, reply.job_modify_index, command.time, reply);
  return reply;
}

Result<Reply> apply_command(Draft& draft, const DeregisterJob& command) {
  const JobKey key{command.ns, command.job_id};
  const Row<Job> stored = draft.view().job(key);
  if (!stored) return err(ErrorCode::NotFound, "no job \"{}\" in namespace \"{}\"", command.job_id, command.ns);
  TRY(check_eval(draft.view(), command.eval));

  Reply reply{.job_modify_index = stored->job_modify_index, .job_version = stored->version};
  if (command.purge) {
    std::vector<model::EvalId> evals;
    for (const auto& entry : draft.view().evals_of_job(key)) evals.push_back(entry.key);
    for (const model::EvalId& id : evals) draft.erase_eval(id);
    cancel_deployments(draft, key, command.time);
    draft.erase_job(key);
    reply.job_modify_index = draft.index();
  } else if (!stored->stop) {
    Job stopped = *stored;
    stopped.stop = true;
    stopped.stop_reason = command.reason;
    write_version(draft, std::move(stopped), stored.get(), command.time);
    reply.job_modify_index = draft.index();
    reply.job_version = draft.view().job(key)->version;
  }
  if (command.eval) write_job_eval(draft, *command.eval, reply.job_modify_index, command.time, reply);
  return reply;
}

Result<Reply> apply_command(Draft& draft, const ExtendJob& command) {
  const JobKey key{command.ns, command.job_id};
  const Row<Job> stored = draft.view().job(key);
  if (!stored) return err(ErrorCode::NotFound, "no job \"{}\" in namespace \"{}\"", command.job_id, command.ns);
  if (stored->stop) return err(ErrorCode::Conflict, "job \"{}\" is stopped", command.job_id);
  if (stored->timeout <= Duration(0)) return err(ErrorCode::Conflict, "job \"{}\" has no timeout", command.job_id);
  if (command.timeout <= stored->timeout) {
    return err(ErrorCode::Conflict, "the timeout of job \"{}\" is {} already", command.job_id,
               format_duration(stored->timeout));
  }
  Job extended = *stored;
  extended.timeout = command.timeout;
  const Reply reply{.job_id = stored->id, .job_modify_index = stored->job_modify_index, .job_version = stored->version};
  draft.put_job(std::move(extended));
  return reply;
}

Result<Reply> apply_command(Draft& draft, const SettleLogistics& command) {
  const JobKey key{command.ns, command.job_id};
  const Row<Job> stored = draft.view().job(key);
  if (!stored) return err(ErrorCode::NotFound, "no job \"{}\" in namespace \"{}\"", command.job_id, command.ns);
  if (stored->job_modify_index != command.job_modify_index) {
    return err(ErrorCode::Conflict, "job \"{}\" was changed meanwhile", command.job_id);
  }
  if (!stored->logistics_outcome.empty()) {
    return err(ErrorCode::Conflict, "the exchange of job \"{}\" has ended: {}", command.job_id,
               stored->logistics_outcome);
  }
  Job settled = *stored;
  settled.logistics_outcome = command.outcome;
  if (model::awaits_definition(*stored) && !stored->stop) {
    settled.stop = true;
    settled.stop_reason = model::kLogisticsError;
    write_version(draft, std::move(settled), stored.get(), command.time);
  } else {
    draft.put_job(std::move(settled));
  }
  const Row<Job> current = draft.view().job(key);
  return reply_about(*current);
}

Result<Reply> apply_command(Draft& draft, const SetJobStability& command) {
  const JobKey key{command.ns, command.job_id};
  const Row<Job> current = draft.view().job(key);
  const Row<Job> stored = draft.view().job_version(key, command.version);
  if (!current || !stored) {
    return err(ErrorCode::NotFound, "no version {} of job \"{}\" in namespace \"{}\"", command.version, command.job_id,
               command.ns);
  }
  const Reply reply{.job_modify_index = current->job_modify_index, .job_version = command.version};
  mark_stability(draft, key, command.version, command.stable);
  return reply;
}

}  // namespace drover::state
