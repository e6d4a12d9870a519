#include "state/apply.h"

#include <utility>

namespace drover::state {

using model::Node;
using model::NodeEligibility;

namespace {

// The strategy as it is stored: a drain that is changed goes on from when it began.
model::DrainStrategy started(const UpdateNodeDrain& command, const Node& stored) {
  model::DrainStrategy drain = *command.drain;
  drain.started_at = stored.drain ? stored.drain->started_at : command.time;
  return drain;
}

void begin_drain(Node& node, const UpdateNodeDrain& command) {
  const bool draining = node.drain.has_value();
  node.drain = started(command, node);
  node.eligibility = NodeEligibility::Ineligible;
  if (!draining || !node.last_drain) node.last_drain = model::LastDrain{.started_at = command.time};
  node.last_drain->status = "draining";
  node.last_drain->updated_at = command.time;
  if (!draining || !command.meta.empty()) node.last_drain->meta = command.meta;
  add_event(node, draining ? "Node drain strategy updated" : "Node drain strategy set", "Drain", command.time);
}

void end_drain(Node& node, const UpdateNodeDrain& command) {
  if (command.mark_eligible) node.eligibility = NodeEligibility::Eligible;
  if (!node.drain) return;
  node.drain.reset();
  if (node.last_drain) {
    node.last_drain->status = command.complete ? "complete" : "canceled";
    node.last_drain->updated_at = command.time;
    for (const auto& [key, value] : command.meta) node.last_drain->meta[key] = value;
  }
  add_event(node, command.complete ? "Node drain complete" : "Node drain disabled", "Drain", command.time);
}

}  // namespace

Result<Reply> apply_command(Draft& draft, const UpdateNodeDrain& command) {
  TRY_LET(const Row<Node> stored, find_node(draft.view(), command.node_id));
  TRY(check_evals(draft.view(), command.evals));
  const bool becomes_eligible = command.mark_eligible && stored->eligibility != NodeEligibility::Eligible;
  if (command.drain || stored->drain || becomes_eligible) {
    Node node = *stored;
    if (command.drain) {
      begin_drain(node, command);
    } else {
      end_drain(node, command);
    }
    draft.put_node(std::move(node));
  }
  write_evals(draft, command.evals, command.time);
  return Reply{.eval_create_index = command.evals.empty() ? 0 : draft.index()};
}

}  // namespace drover::state
