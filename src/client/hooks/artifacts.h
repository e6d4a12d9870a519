#pragma once

#include "assets/fetcher.h"
#include "base/clock.h"
#include "client/hooks/task_hook.h"
#include "net/loop.h"

#include <string>
#include <string_view>

namespace drover::client {

struct ArtifactsOptions {
  assets::FetcherOptions fetcher;
  assets::FetchLimits limits;
};

// Downloads a task's artifacts, one after the other, before its first start. What has come is noted beside the task's
// other records, so that neither a restart of the task or the agent nor another artifact's failure fetches it again.
class ArtifactsHook final : public TaskHook {
 public:
  ArtifactsHook(net::Loop& loop, net::BlockingPool& pool, const Clock& clock, ArtifactsOptions options);

  std::string_view name() const override { return "artifacts"; }
  bool wanted(const model::Task& task) const override { return !task.artifacts.empty(); }
  const char* failure_event() const override { return "Failed Artifact Download"; }
  net::Task<Status> prestart(std::shared_ptr<TaskHookContext> context) override;

 private:
  net::Task<Status> fetch(std::shared_ptr<TaskHookContext> context, assets::FetchRequest request,
                          assets::FetchPlace place);

  net::BlockingPool& pool_;
  const Clock& clock_;
  const assets::FetchLimits limits_;
  assets::Fetcher fetcher_;
};

// Where an artifact may go.
struct ArtifactDestination {
  std::string root;  // the task's directory, or the one that the allocation's tasks share
  std::string path;  // relative to it
};

// From a destination after interpolation: relative to the task's directory, or a path below NOMAD_TASK_DIR,
// NOMAD_SECRETS_DIR or NOMAD_ALLOC_DIR as the host or the task sees it. PermissionDenied for everything else (case 53).
Result<ArtifactDestination> resolve_artifact_destination(const drivers::TaskDirs& dirs, std::string_view destination);

}  // namespace drover::client
