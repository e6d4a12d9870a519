#include <utility>

#include "api/find.h"
#include "api/handlers.h"
#include "api/stubs.h"
#include "base/strings.h"
#include "codec/describe.h"
#include "codec/json.h"
#include "state/node_jobs.h"

// What operators do to nodes.
namespace drover::api {
namespace {

using model::NodeEligibility;

std::vector<model::Evaluation> evals_for_node(const model::Node& node, Context& context,
                                              const state::Snapshot& snapshot) {
  return state::evals_for_node(snapshot, node.id, state::NodeJobs::WithWorkOrSystem,
                               [&] { return context.new_eval_id(); });
}

Result<NodeEligibility> read_eligibility(const Request& request) {
  TRY_LET(const auto body, read_json_object(request));
  TRY_LET(const auto asked, codec::from_value<EligibilityRequest>(body));
  if (asked.eligibility == "eligible") return NodeEligibility::Eligible;
  if (asked.eligibility == "ineligible") return NodeEligibility::Ineligible;
  return err(ErrorCode::InvalidArgument, "invalid scheduling eligibility \"{}\": use \"eligible\" or \"ineligible\"",
             printable(asked.eligibility));
}

// How a drain request reads as a strategy; nothing ends the drain. `?enable=true` is what Nomad's oldest clients send.
Result<std::optional<model::DrainStrategy>> read_strategy(const Request& request, const DrainRequest& asked,
                                                          WallTime now) {
  TRY_LET(const bool enable, bool_param(request, "enable"));
  if (!asked.drain_spec && !enable) return std::nullopt;
  const DrainSpec spec = asked.drain_spec.value_or(DrainSpec{});
  model::DrainStrategy strategy{.deadline = spec.deadline, .ignore_system_jobs = spec.ignore_system_jobs};
  if (spec.deadline > Duration::zero()) strategy.force_deadline = now + spec.deadline;
  if (spec.deadline < Duration::zero()) strategy.force_deadline = now;
  return strategy;
}

Result<DrainRequest> read_drain(const Request& request) {
  if (request.http.body.empty() && request.http.query.contains("enable")) return DrainRequest{};
  TRY_LET(const auto body, read_json_object(request));
  TRY_LET(auto asked, codec::from_value<DrainRequest>(body));
  if (!asked.node_id.empty() && asked.node_id != request.id) {
    return err(ErrorCode::InvalidArgument, "Node ID does not match");
  }
  if (asked.drain_spec && asked.mark_eligible) {
    return err(ErrorCode::InvalidArgument, "a node that is drained cannot be marked eligible");
  }
  return asked;
}

template <class Command>
Write write_of(Command command) {
  NodeChangeResponse answer;
  for (const auto& eval : command.evals) answer.eval_ids.push_back(eval.id);
  return {.command = state::make_command(std::move(command)), .reply = [answer](const state::Reply& reply) {
            NodeChangeResponse filled = answer;
            filled.eval_create_index = filled.eval_ids.empty() ? 0 : reply.index;
            filled.node_modify_index = reply.index;
            filled.index = reply.index;
            return codec::to_json(filled);
          }};
}

}  // namespace

Result<Write> set_node_eligibility(const Request& request, Context& context, const state::Snapshot& snapshot) {
  TRY_LET(const auto node, find_node(request, snapshot));
  TRY_LET(const NodeEligibility eligibility, read_eligibility(request));
  state::UpdateNodeEligibility update{.node_id = node->id, .eligibility = eligibility, .time = context.now()};
  if (eligibility == NodeEligibility::Eligible) update.evals = evals_for_node(*node, context, snapshot);
  return write_of(std::move(update));
}

Result<Write> drain_node(const Request& request, Context& context, const state::Snapshot& snapshot) {
  TRY_LET(const auto node, find_node(request, snapshot));
  TRY_LET(DrainRequest asked, read_drain(request));
  state::UpdateNodeDrain update{.node_id = node->id, .mark_eligible = asked.mark_eligible, .time = context.now()};
  TRY_LET(update.drain, read_strategy(request, asked, update.time));
  update.meta = std::move(asked.meta);
  if (update.mark_eligible) update.evals = evals_for_node(*node, context, snapshot);
  return write_of(std::move(update));
}

Result<Write> evaluate_node(const Request& request, Context& context, const state::Snapshot& snapshot) {
  TRY_LET(const auto node, find_node(request, snapshot));
  return write_of(state::UpsertEvals{.evals = evals_for_node(*node, context, snapshot), .time = context.now()});
}

Result<Write> purge_node(const Request& request, Context& context, const state::Snapshot& snapshot) {
  TRY_LET(const auto node, find_node(request, snapshot));
  return write_of(state::DeregisterNode{
      .node_id = node->id, .evals = evals_for_node(*node, context, snapshot), .time = context.now()});
}

}  // namespace drover::api
