#include "state/rollback.h"

#include <algorithm>

#include <fmt/core.h>

namespace drover::state {
namespace {

// The job as the deployment knows it, or null.
Row<model::Job> job_in_progress(const Snapshot& snapshot, const model::Deployment& deployment) {
  auto job = snapshot.job(deployment.job_key());
  const bool same =
      job && !job->stop && job->create_index == deployment.job_create_index && job->version == deployment.job_version;
  return same ? job : nullptr;
}

// Of the job that has this create index: there may have been others of its name.
Row<model::Job> latest_stable(const Snapshot& snapshot, const model::Job& job) {
  for (const auto& version : snapshot.versions_of_job(job.key())) {
    if (version->stable && version->create_index == job.create_index) return version;
  }
  return nullptr;
}

}  // namespace

Rollback rollback_of(const Snapshot& snapshot, const model::Deployment& deployment,
                     const std::function<bool(const std::string& group)>& concerned) {
  const bool wanted = std::ranges::any_of(
      deployment.task_groups, [&](const auto& entry) { return entry.second.auto_revert && concerned(entry.first); });
  const auto job = wanted ? job_in_progress(snapshot, deployment) : nullptr;
  if (!job) return {};
  const auto stable = latest_stable(snapshot, *job);
  if (!stable) return {.job = nullptr, .note = " - no stable job version to auto revert to"};
  if (model::same_specification(*stable, *job)) {
    return {.job = nullptr,
            .note = fmt::format(" - not rolling back to stable job version {} as current job has same specification",
                                stable->version)};
  }
  return {.job = stable, .note = fmt::format(" - rolling back to job version {}", stable->version)};
}

}  // namespace drover::state
