#include <algorithm>
#include <set>

#include "api/handlers.h"
#include "api/listing.h"
#include "api/shapes.h"
#include "api/stubs.h"
#include "base/strings.h"
#include "codec/describe.h"
#include "codec/json.h"

namespace drover::api {
namespace {

using model::NodeEligibility;

Result<state::Row<model::Node>> find_node(const Request& request, const state::Snapshot& snapshot) {
  TRY_LET(const auto id, path_id<model::NodeId>(request, "node"));
  auto node = snapshot.node(id);
  if (!node) return err(ErrorCode::NotFound, "node not found");
  return node;
}

// The jobs that a change of a node concerns: those with allocations on it, and the system jobs that may run there.
std::set<model::JobKey> jobs_of_node(const model::Node& node, const state::Snapshot& snapshot) {
  std::set<model::JobKey> keys;
  for (const auto& entry : snapshot.allocs_of_node(node.id)) {
    if (!entry.value->terminal()) keys.insert(entry.value->job_key());
  }
  for (const auto& entry : snapshot.jobs()) {
    const model::Job& job = *entry.value;
    const bool everywhere = job.type == model::JobType::System || job.type == model::JobType::Sysbatch;
    if (everywhere && !job.stop && std::ranges::find(job.datacenters, node.datacenter) != job.datacenters.end()) {
      keys.insert(entry.key);
    }
  }
  return keys;
}

std::vector<model::Evaluation> evals_for_node(const model::Node& node, Context& context,
                                              const state::Snapshot& snapshot) {
  std::vector<model::Evaluation> evals;
  for (const model::JobKey& key : jobs_of_node(node, snapshot)) {
    const auto job = snapshot.job(key);
    if (!job) continue;
    evals.push_back({.id = context.new_eval_id(),
                     .ns = key.ns,
                     .priority = job->priority,
                     .type = job->type,
                     .triggered_by = model::trigger::kNodeUpdate,
                     .job_id = key.id,
                     .node_id = node.id,
                     .node_modify_index = node.modify_index});
  }
  return evals;
}

Result<NodeEligibility> read_eligibility(const Request& request) {
  TRY_LET(const auto body, read_json_object(request));
  TRY_LET(const auto asked, codec::from_value<EligibilityRequest>(body));
  if (asked.eligibility == "eligible") return NodeEligibility::Eligible;
  if (asked.eligibility == "ineligible") return NodeEligibility::Ineligible;
  return err(ErrorCode::InvalidArgument, "invalid scheduling eligibility \"{}\": use \"eligible\" or \"ineligible\"",
             printable(asked.eligibility));
}

}  // namespace

Result<Answer> list_nodes(const Request& request, const SnapshotPtr& snapshot) {
  NodeStubOptions options;
  TRY_LET(options.resources, bool_param(request, "resources"));
  TRY_LET(auto rows, rows_with_prefix(snapshot->nodes(), request, [](const auto&) { return true; }));
  return list_answer(snapshot, std::move(rows),
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
  return list_answer(snapshot, all_rows(snapshot->allocs_of_node(id)),
                     [](std::string& out, const model::Allocation& alloc, const state::Snapshot& view) {
                       write_alloc(out, alloc, view);
                     });
}

Result<Write> set_node_eligibility(const Request& request, Context& context, const state::Snapshot& snapshot) {
  TRY_LET(const auto node, find_node(request, snapshot));
  TRY_LET(const NodeEligibility eligibility, read_eligibility(request));
  state::UpdateNodeEligibility update{.node_id = node->id, .eligibility = eligibility, .time = context.now()};
  if (eligibility == NodeEligibility::Eligible) update.evals = evals_for_node(*node, context, snapshot);
  std::vector<model::EvalId> ids;
  for (const auto& eval : update.evals) ids.push_back(eval.id);
  return Write{.command = state::make_command(std::move(update)), .reply = [ids](const state::Reply& reply) {
                 return codec::to_json(NodeChangeResponse{.eval_ids = ids,
                                                          .eval_create_index = reply.eval_create_index,
                                                          .node_modify_index = reply.index,
                                                          .index = reply.index});
               }};
}

std::optional<uint64_t> node_index(const Request& request, const state::Snapshot& snapshot) {
  const auto node = find_node(request, snapshot);
  return node ? std::optional((*node)->modify_index) : std::nullopt;
}

}  // namespace drover::api
