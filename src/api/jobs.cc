#include <utility>

#include "api/errors.h"
#include "api/handlers.h"
#include "api/job_diff.h"
#include "api/json_object.h"
#include "api/listing.h"
#include "api/market_queue.h"
#include "api/redact.h"
#include "api/replies.h"
#include "api/shapes.h"
#include "api/submission.h"
#include "codec/describe.h"

namespace drover::api {
namespace {

// Pages of the list of jobs begin at "namespace/id".
model::JobKey key_of_token(const std::string& token) {
  const size_t slash = token.find('/');
  if (slash == std::string::npos) return {"", token};
  return {token.substr(0, slash), token.substr(slash + 1)};
}

std::vector<state::Row<model::Allocation>> rows_of(const std::vector<model::AllocId>& ids,
                                                   const state::Snapshot& snapshot) {
  std::vector<state::Row<model::Allocation>> rows;
  for (const model::AllocId& id : ids) {
    if (auto row = snapshot.alloc(id)) rows.push_back(std::move(row));
  }
  return rows;
}

// What `job plan` answers.
std::string plan_text(const server::PlanPreview& preview, const state::Snapshot& snapshot,
                      const std::optional<JobDiff>& diff, const codec::Value& explanation,
                      const Diagnostics& problems) {
  std::string text;
  JsonObject object(text);
  JsonObject annotations(object.value("Annotations"));
  annotations.member("DesiredTGUpdates", preview.desired_updates);
  annotations.list("PreemptedAllocs", rows_of(preview.preempted, snapshot),
                   [&](std::string& out, const auto& alloc) { write_alloc_stub(out, *alloc, snapshot); });
  annotations.end();
  object.member("FailedTGAllocs", preview.failed_tg_allocs);
  object.number("JobModifyIndex", preview.job_modify_index);
  object.null("CreatedEvals");
  if (diff) {
    object.member("Diff", *diff);
  } else {
    object.null("Diff");
  }
  object.time("NextPeriodicLaunch", preview.next_periodic_launch.value_or(WallTime{}));
  object.member("Explanation", explanation);
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
  Page page = page_of(
      request, jobs.size(),
      [&](size_t row, const std::string& token) { return jobs[row]->key() < key_of_token(token); },
      [&](size_t row) { return jobs[row]->ns + "/" + jobs[row]->id; });
  return list_answer(snapshot, std::move(jobs), write_job_stub, std::move(page));
}

Result<Write> register_job(const Request& request, Context& context, const state::Snapshot& snapshot) {
  TRY_LET(const JobRequest asked, read_job_request(request, context.options().region));
  TRY(check_job_id(request, asked.job));
  Diagnostics problems;
  auto job = check_job(asked.job, problems);
  if (!job) return err(job.error());
  TRY(restore_secrets(*job, snapshot.job(job->key()).get()));
  TRY(apply_market(snapshot, *job));

  TRY(check_registration_allowed(snapshot));
  state::RegisterJob command{.time = context.now()};
  if (asked.enforce_index) command.enforce_modify_index = asked.job_modify_index;
  model::EvalId eval_id;
  if (!job->is_template()) {
    eval_id = context.new_eval_id();
    command.eval = model::make_eval(*job, eval_id, model::trigger::kJobRegister);
  }
  command.job = std::move(*job);
  return Write{.command = state::make_command(std::move(command)),
               .reply = job_reply(eval_id, warnings_text(problems.warnings()))};
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
  TRY(apply_market(*context.frontend()->snapshot(), *job));
  const auto stored = context.frontend()->snapshot()->job(job->key());
  TRY(restore_secrets(*job, stored.get()));
  TRY_LET(const auto preview, context.frontend()->preview(*job));
  std::optional<JobDiff> diff;
  if (asked.diff) {
    diff = diff_jobs(stored.get(), &*job);
    annotate(*diff, preview.desired_updates);
  }
  codec::Value explanation;
  if (!preview.failed_tg_allocs.empty()) {
    TRY_LET(explanation, context.frontend()->explain(*job));
  }
  return Answer{.body = plan_text(preview, *context.frontend()->snapshot(), diff, explanation, problems)};
}

}  // namespace drover::api
