#include "api/find.h"
#include "api/handlers.h"
#include "api/listing.h"
#include "api/shapes.h"

namespace drover::api {

Result<Answer> list_deployments(const Request& request, const SnapshotPtr& snapshot) {
  TRY_LET(auto rows, rows_with_prefix(snapshot->deployments(), request,
                                      [&](const auto& deployment) { return in_namespace(request, deployment); }));
  return list_answer(request, snapshot, std::move(rows),
                     [](std::string& out, const model::Deployment& deployment, const state::Snapshot&) {
                       write_deployment(out, deployment);
                     });
}

Result<Answer> get_deployment(const Request& request, const SnapshotPtr& snapshot) {
  TRY_LET(const auto deployment, find_deployment(request, *snapshot));
  Answer answer;
  write_deployment(answer.body, *deployment);
  return answer;
}

Result<Answer> list_deployment_allocations(const Request& request, const SnapshotPtr& snapshot) {
  TRY_LET(const auto id, path_id<model::DeploymentId>(request, "deployment"));
  std::vector<const model::Allocation*> allocs;
  if (const auto deployment = snapshot->deployment(id)) {
    for (const auto& entry : snapshot->allocs_of_job(deployment->job_key())) {
      if (entry.value->deployment_id == id) allocs.push_back(entry.value.get());
    }
  }
  return list_answer(request, snapshot, std::move(allocs),
                     [](std::string& out, const model::Allocation& alloc, const state::Snapshot& view) {
                       write_alloc_stub(out, alloc, view);
                     });
}

std::optional<uint64_t> deployment_index(const Request& request, const state::Snapshot& snapshot) {
  const auto deployment = find_deployment(request, snapshot);
  return deployment ? std::optional((*deployment)->modify_index) : std::nullopt;
}

}  // namespace drover::api
