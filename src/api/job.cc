#include <utility>

#include "api/handlers.h"
#include "api/job_diff.h"
#include "api/json_object.h"
#include "api/listing.h"
#include "api/shapes.h"
#include "api/stubs.h"
#include "api/submission.h"
#include "codec/describe.h"

namespace drover::api {
namespace {

model::JobKey key_of(const Request& request) {
  return {request.object_namespace(), request.id};
}

Result<state::Row<model::Job>> find_job(const Request& request, const state::Snapshot& snapshot) {
  auto job = snapshot.job(key_of(request));
  if (!job) return err(ErrorCode::NotFound, "job not found");
  return job;
}

// The reply to a change of a job.
std::function<std::string(const state::Reply&)> job_reply(model::EvalId eval_id) {
  return [eval_id](const state::Reply& reply) {
    return codec::to_json(JobChangeResponse{.eval_id = eval_id,
                                            .eval_create_index = reply.eval_create_index,
                                            .job_modify_index = reply.job_modify_index,
                                            .index = reply.index});
  };
}

}  // namespace

Result<Answer> get_job(const Request& request, const SnapshotPtr& snapshot) {
  TRY_LET(const auto job, find_job(request, *snapshot));
  Answer answer;
  write_job(answer.body, *job);
  return answer;
}

Result<Answer> get_job_summary(const Request& request, const SnapshotPtr& snapshot) {
  const auto summary = snapshot->summary(key_of(request));
  if (!summary) return err(ErrorCode::NotFound, "job not found");
  Answer answer;
  write_summary(answer.body, *summary);
  return answer;
}

Result<Answer> get_job_versions(const Request& request, const SnapshotPtr& snapshot) {
  TRY_LET(const bool with_diffs, bool_param(request, "diffs"));
  TRY(find_job(request, *snapshot));
  const auto versions = snapshot->versions_of_job(key_of(request));
  std::vector<JobDiff> diffs;
  for (size_t i = 0; with_diffs && i + 1 < versions.size(); ++i) {
    diffs.push_back(diff_jobs(versions[i + 1].get(), versions[i].get()));
  }
  Answer answer;
  JsonObject object(answer.body);
  object.list("Versions", versions, [](std::string& out, const state::Row<model::Job>& job) { write_job(out, *job); });
  object.member("Diffs", diffs);
  object.end();
  return answer;
}

Result<Answer> list_job_allocations(const Request& request, const SnapshotPtr& snapshot) {
  return list_answer(snapshot, all_rows(snapshot->allocs_of_job(key_of(request))),
                     [](std::string& out, const model::Allocation& alloc, const state::Snapshot& view) {
                       write_alloc_stub(out, alloc, view);
                     });
}

Result<Answer> list_job_evaluations(const Request& request, const SnapshotPtr& snapshot) {
  return list_answer(
      snapshot, all_rows(snapshot->evals_of_job(key_of(request))),
      [](std::string& out, const model::Evaluation& eval, const state::Snapshot&) { write_eval(out, eval); });
}

Result<Write> stop_job(const Request& request, Context& context, const state::Snapshot& snapshot) {
  TRY_LET(const bool purge, bool_param(request, "purge"));
  TRY_LET(const auto job, find_job(request, snapshot));
  state::DeregisterJob command{.ns = job->ns, .job_id = job->id, .purge = purge, .time = context.now()};
  model::EvalId eval_id;
  if (!job->is_template()) {
    eval_id = context.new_eval_id();
    command.eval = make_job_eval(*job, eval_id, model::trigger::kJobDeregister);
  }
  return Write{.command = state::make_command(std::move(command)), .reply = job_reply(eval_id)};
}

Result<Write> evaluate_job(const Request& request, Context& context, const state::Snapshot& snapshot) {
  TRY_LET(const auto body, read_json_object(request));
  TRY_LET(const auto asked, codec::from_value<EvaluateRequest>(body));
  if (!asked.job_id.empty() && asked.job_id != request.id) {
    return err(ErrorCode::InvalidArgument, "Job ID does not match");
  }
  if (asked.eval_options.force_reschedule) {
    return err(ErrorCode::InvalidArgument, "EvalOptions.ForceReschedule is not supported");
  }
  TRY_LET(const auto job, find_job(request, snapshot));
  if (job->periodic) return err(ErrorCode::Conflict, "can't evaluate periodic job");
  if (job->is_template()) return err(ErrorCode::Conflict, "can't evaluate parameterized job");
  const model::EvalId id = context.new_eval_id();
  const uint64_t job_modify_index = job->job_modify_index;
  state::UpsertEvals command{.evals = {make_job_eval(*job, id, model::trigger::kJobRegister)}, .time = context.now()};
  return Write{.command = state::make_command(std::move(command)),
               .reply = [id, job_modify_index](const state::Reply& reply) {
                 return codec::to_json(JobChangeResponse{.eval_id = id,
                                                         .eval_create_index = reply.index,
                                                         .job_modify_index = job_modify_index,
                                                         .index = reply.index});
               }};
}

std::optional<uint64_t> job_index(const Request& request, const state::Snapshot& snapshot) {
  const auto job = snapshot.job(key_of(request));
  return job ? std::optional(job->modify_index) : std::nullopt;
}

std::optional<uint64_t> job_summary_index(const Request& request, const state::Snapshot& snapshot) {
  const auto summary = snapshot.summary(key_of(request));
  return summary ? std::optional(summary->modify_index) : std::nullopt;
}

}  // namespace drover::api
