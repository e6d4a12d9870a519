#include "api/handlers.h"
#include "api/listing.h"
#include "api/shapes.h"

namespace drover::api {
namespace {

Result<state::Row<model::Allocation>> find_allocation(const Request& request, const state::Snapshot& snapshot) {
  TRY_LET(const auto id, path_id<model::AllocId>(request, "allocation"));
  auto alloc = snapshot.alloc(id);
  if (!alloc) return err(ErrorCode::NotFound, "alloc not found");
  return alloc;
}

}  // namespace

Result<Answer> list_allocations(const Request& request, const SnapshotPtr& snapshot) {
  AllocStubOptions options;
  TRY_LET(options.resources, bool_param(request, "resources"));
  TRY_LET(options.task_states, bool_param(request, "task_states", true));
  TRY_LET(auto rows, rows_with_prefix(snapshot->allocs(), request,
                                      [&](const auto& alloc) { return in_namespace(request, alloc); }));
  return list_answer(snapshot, std::move(rows),
                     [options](std::string& out, const model::Allocation& alloc, const state::Snapshot& view) {
                       write_alloc_stub(out, alloc, view, options);
                     });
}

Result<Answer> get_allocation(const Request& request, const SnapshotPtr& snapshot) {
  TRY_LET(const auto alloc, find_allocation(request, *snapshot));
  Answer answer;
  write_alloc(answer.body, *alloc, *snapshot);
  return answer;
}

std::optional<uint64_t> allocation_index(const Request& request, const state::Snapshot& snapshot) {
  const auto alloc = find_allocation(request, snapshot);
  return alloc ? std::optional((*alloc)->modify_index) : std::nullopt;
}

}  // namespace drover::api
