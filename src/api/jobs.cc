#include <utility>

#include "api/errors.h"
#include "api/handlers.h"
#include "api/job_diff.h"
#include "api/json_object.h"
#include "api/listing.h"
#include "api/redact.h"
#include "api/shapes.h"
#include "api/submission.h"
#include "codec/describe.h"

namespace drover::api {
namespace {

// What `job plan` answers.
std::string plan_text(const server::PlanPreview& preview, const std::optional<JobDiff>& diff,
                      const Diagnostics& problems) {
  std::string text;
  JsonObject object(text);
  JsonObject annotations(object.value("Annotations"));
  annotations.member("DesiredTGUpdates", preview.desired_updates);
  annotations.end();
  object.member("FailedTGAllocs", preview.failed_tg_allocs);
  object.number("JobModifyIndex", preview.job_modify_index);
  object.null("CreatedEvals");
  if (diff) {
    object.member("Diff", *diff);
  } else {
    object.null("Diff");
  }
  object.time("NextPeriodicLaunch", WallTime{});
  object.text("Warnings", warnings_text(problems.warnings()));
  object.end();
  return text;
}

}  // namespace

Result<Answer> list_jobs(const Request& request, const SnapshotPtr& snapshot) {
  std::vector<const model::Job*> jobs;
  const model::JobKey first{request.all_namespaces() ? "" : request.ns, request.all_namespaces() ? "" : request.prefix};
  for (auto at = snapshot->jobs().lower_bound(first); at != snapshot->jobs().end(); ++at) {
    const bool matches = at->key.id.starts_with(request.prefix);
    if (!request.all_namespaces() && (at->key.ns != request.ns || !matches)) break;
    if (matches) jobs.push_back(at->value.get());
  }
  return list_answer(snapshot, std::move(jobs), write_job_stub);
}

Result<Write> register_job(const Request& request, Context& context, const state::Snapshot& snapshot) {
  TRY_LET(const JobRequest asked, read_job_request(request, context.options().region));
  TRY(check_job_id(request, asked.job));
  Diagnostics problems;
  auto job = check_job(asked.job, problems);
  if (!job) return err(job.error());
  TRY(restore_secrets(*job, snapshot.job(job->key()).get()));

  state::RegisterJob command{.time = context.now()};
  if (asked.enforce_index) command.enforce_modify_index = asked.job_modify_index;
  JobChangeResponse response{.warnings = warnings_text(problems.warnings())};
  if (!job->is_template()) {
    command.eval = make_job_eval(*job, context.new_eval_id(), model::trigger::kJobRegister);
    response.eval_id = command.eval->id;
  }
  command.job = std::move(*job);
  return Write{.command = state::make_command(std::move(command)), .reply = [response](const state::Reply& reply) {
                 JobChangeResponse filled = response;
                 filled.eval_create_index = reply.eval_create_index;
                 filled.job_modify_index = reply.job_modify_index;
                 filled.index = reply.index;
                 return codec::to_json(filled);
               }};
}

Result<Answer> validate_job(const Request& request, Context& context) {
  TRY_LET(const JobRequest asked, read_job_request(request, context.options().region));
  Diagnostics problems;
  const auto job = check_job(asked.job, problems, jobspec::Purpose::Validate);
  if (!job && job.error().code() == ErrorCode::InvalidArgument) return err(job.error());
  JobValidateResponse response{.validation_errors = problems.errors(), .warnings = warnings_text(problems.warnings())};
  if (!job) response.error = job.error().message();
  return Answer{.body = codec::to_json(response)};
}

Result<Answer> plan_job(const Request& request, Context& context) {
  TRY_LET(const JobRequest asked, read_job_request(request, context.options().region));
  TRY(check_job_id(request, asked.job));
  Diagnostics problems;
  auto job = check_job(asked.job, problems);
  if (!job) return err(job.error());
  const auto stored = context.frontend()->snapshot()->job(job->key());
  TRY(restore_secrets(*job, stored.get()));
  TRY_LET(const auto preview, context.frontend()->preview(*job));
  std::optional<JobDiff> diff;
  if (asked.diff) {
    diff = diff_jobs(stored.get(), &*job);
    annotate(*diff, preview.desired_updates);
  }
  return Answer{.body = plan_text(preview, diff, problems)};
}

}  // namespace drover::api
