#include "server/drainer.h"

#include "server/drain_step.h"

namespace drover::server {

void Drainer::note(const StateChanges& changes) {
  for (const auto& change : changes.nodes) {
    const model::NodeId& id = change.after ? change.after->id : change.before->id;
    if (change.after && change.after->drain) {
      draining_.insert(id);
    } else if (draining_.erase(id) > 0) {
      deadlines_.forget(id);
    }
  }
}

Decisions Drainer::decide(const state::Snapshot& snapshot, Moment now) {
  Decisions decisions;
  if (draining_.empty()) return decisions;
  std::vector<DrainingNode> nodes;
  for (const model::NodeId& id : draining_) {
    const auto node = snapshot.node(id);
    if (!node || !node->drain) continue;
    DrainingNode& draining = nodes.emplace_back(DrainingNode{.node = node});
    const auto deadline = drain_deadline(*node->drain);
    if (!deadline) continue;
    const Duration longest = node->drain->deadline > Duration(0) ? node->drain->deadline : Duration::max();
    const Duration left = deadlines_.left(id, *deadline, now, longest);
    draining.expired = left == Duration(0);
    if (!draining.expired) decisions.look_within(left);
  }
  DrainStep step = drain_step(snapshot, nodes, now.wall, ids_);
  if (step.look_again) decisions.look_within(*step.look_again);
  if (step.migrate) {
    decisions.actions.push_back({.subject = "migrate", .command = state::make_command(std::move(*step.migrate))});
  }
  for (state::UpdateNodeDrain& complete : step.complete) {
    std::string subject = complete.node_id.str();
    decisions.actions.push_back({.subject = std::move(subject), .command = state::make_command(std::move(complete))});
  }
  return decisions;
}

}  // namespace drover::server
