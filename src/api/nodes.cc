#include "api/find.h"
#include "api/handlers.h"
#include "api/listing.h"
#include "api/shapes.h"

namespace drover::api {

Result<Answer> list_nodes(const Request& request, const SnapshotPtr& snapshot) {
  NodeStubOptions options;
  TRY_LET(options.resources, bool_param(request, "resources"));
  TRY_LET(auto rows, rows_with_prefix(snapshot->nodes(), request, [](const auto&) { return true; }));
  return list_answer(request, snapshot, std::move(rows),
                     [options](std::string& out, const model::Node& node, const state::Snapshot&) {
                       write_node_stub(out, node, options);
                     });
}

Result<Answer> get_node(const Request& request, const SnapshotPtr& snapshot) {
  TRY_LET(const auto node, find_node(request, *snapshot));
  Answer answer;
  write_node(answer.body, *node);
  return answer;
}

Result<Answer> list_node_allocations(const Request& request, const SnapshotPtr& snapshot) {
  TRY_LET(const auto id, path_id<model::NodeId>(request, "node"));
  return list_answer(request, snapshot, all_rows(snapshot->allocs_of_node(id)),
                     [](std::string& out, const model::Allocation& alloc, const state::Snapshot& view) {
                       write_alloc(out, alloc, view);
                     });
}

std::optional<uint64_t> node_index(const Request& request, const state::Snapshot& snapshot) {
  const auto node = find_node(request, snapshot);
  return node ? std::optional((*node)->modify_index) : std::nullopt;
}

}  // namespace drover::api
