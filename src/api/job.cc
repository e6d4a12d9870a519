#include <utility>

#include "api/find.h"
#include "api/handlers.h"
#include "api/job_diff.h"
#include "api/json_object.h"
#include "api/listing.h"
#include "api/shapes.h"
#include "codec/describe.h"
#include "codec/json.h"

namespace drover::api {
namespace {

// Whether something belongs to the job that is registered now, not to an earlier one of its name. Where the job is
// gone everything does.
template <class CreateIndex>
bool of_current_job(const model::Job* job, CreateIndex create_index) {
  return !job || create_index == job->create_index;
}

}  // namespace

Result<Answer> get_job(const Request& request, const SnapshotPtr& snapshot) {
  TRY_LET(const auto job, find_job(request, *snapshot));
  Answer answer;
  write_job(answer.body, *job);
  return answer;
}

Result<Answer> get_job_summary(const Request& request, const SnapshotPtr& snapshot) {
  const auto summary = snapshot->summary(job_key_of(request));
  if (!summary) return err(ErrorCode::NotFound, "job not found");
  Answer answer;
  write_summary(answer.body, *summary);
  return answer;
}

Result<Answer> get_job_versions(const Request& request, const SnapshotPtr& snapshot) {
  TRY_LET(const bool with_diffs, bool_param(request, "diffs"));
  TRY(find_job(request, *snapshot));
  const auto versions = snapshot->versions_of_job(job_key_of(request));
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
  TRY_LET(const bool all, bool_param(request, "all"));
  const model::JobKey key = job_key_of(request);
  const auto job = all ? nullptr : snapshot->job(key);
  auto rows = all_rows(snapshot->allocs_of_job(key));
  std::erase_if(rows, [&](const model::Allocation* alloc) {
    const auto version = job ? snapshot->job_of(*alloc) : nullptr;
    return version && !of_current_job(job.get(), version->create_index);
  });
  return list_answer(request, snapshot, std::move(rows),
                     [](std::string& out, const model::Allocation& alloc, const state::Snapshot& view) {
                       write_alloc_stub(out, alloc, view);
                     });
}

Result<Answer> list_job_evaluations(const Request& request, const SnapshotPtr& snapshot) {
  return list_answer(
      request, snapshot, all_rows(snapshot->evals_of_job(job_key_of(request))),
      [](std::string& out, const model::Evaluation& eval, const state::Snapshot&) { write_eval(out, eval); });
}

Result<Answer> list_job_deployments(const Request& request, const SnapshotPtr& snapshot) {
  TRY_LET(const bool all, bool_param(request, "all"));
  const model::JobKey key = job_key_of(request);
  const auto job = all ? nullptr : snapshot->job(key);
  auto rows = all_rows(snapshot->deployments_of_job(key));
  std::erase_if(rows, [&](const model::Deployment* deployment) {
    return !of_current_job(job.get(), deployment->job_create_index);
  });
  return list_answer(request, snapshot, std::move(rows),
                     [](std::string& out, const model::Deployment& deployment, const state::Snapshot&) {
                       write_deployment(out, deployment);
                     });
}

Result<Answer> get_job_deployment(const Request& request, const SnapshotPtr& snapshot) {
  const auto job = snapshot->job(job_key_of(request));
  const auto deployment = snapshot->latest_deployment(job_key_of(request));
  Answer answer;
  if (deployment && of_current_job(job.get(), deployment->job_create_index)) {
    write_deployment(answer.body, *deployment);
  } else {
    answer.body = "null";
  }
  return answer;
}

std::optional<uint64_t> job_index(const Request& request, const state::Snapshot& snapshot) {
  const auto job = snapshot.job(job_key_of(request));
  return job ? std::optional(job->modify_index) : std::nullopt;
}

std::optional<uint64_t> job_summary_index(const Request& request, const state::Snapshot& snapshot) {
  const auto summary = snapshot.summary(job_key_of(request));
  return summary ? std::optional(summary->modify_index) : std::nullopt;
}

}  // namespace drover::api
