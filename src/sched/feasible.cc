#include "sched/feasible.h"

#include <algorithm>

#include "sched/slots.h"

namespace drover::sched {

Feasibility::Feasibility(const state::Snapshot& snapshot, const model::Job& job, const model::TaskGroup& group,
                         const state::GroupAsk& ask)
    : checks_(job, group, ask) {
  scan(snapshot);
}

bool Feasibility::feasible(uint32_t slot) const {
  return std::ranges::binary_search(slots_, slot);
}

void Feasibility::scan(const state::Snapshot& snapshot) {
  const state::Columns& columns = snapshot.columns();
  std::vector<ClassVerdict> verdicts(columns.class_limit());
  for (size_t slot = 0; slot < columns.slots(); ++slot) {
    const state::ColumnChunk& chunk = *columns.chunks()[slot / state::kColumnChunk];
    const size_t i = slot % state::kColumnChunk;
    if (!chunk.ready[i]) continue;
    ClassVerdict& verdict = verdicts[chunk.node_class[i]];
    if (!verdict.known) {
      verdict = judge_class(*node_in(snapshot, slot));
      if (verdict.looked_at) {
        class_eligibility_[columns.class_name(chunk.node_class[i])] = verdict.filtered_by.empty();
      }
    }
    if (verdict.looked_at) judge_node(snapshot, slot, verdict);
  }
}

void Feasibility::judge_node(const state::Snapshot& snapshot, size_t slot, const ClassVerdict& verdict) {
  ++metric_.nodes_available[verdict.datacenter];
  ++metric_.nodes_evaluated;
  if (!verdict.filtered_by.empty()) return count_filtered(verdict, verdict.filtered_by);
  if (checks_.has_node_checks()) {
    if (const auto obstacle = checks_.node_obstacle(*node_in(snapshot, slot))) {
      return count_filtered(verdict, obstacle->text);
    }
  }
  slots_.push_back(static_cast<uint32_t>(slot));
}

Feasibility::ClassVerdict Feasibility::judge_class(const model::Node& node) const {
  ClassVerdict verdict{.known = true, .datacenter = node.datacenter, .node_class = node.node_class};
  verdict.looked_at = !checks_.elsewhere(node);
  if (!verdict.looked_at) return verdict;
  if (const auto obstacle = checks_.class_obstacle(node)) verdict.filtered_by = obstacle->text;
  return verdict;
}

void Feasibility::count_filtered(const ClassVerdict& verdict, const std::string& reason) {
  ++metric_.nodes_filtered;
  ++metric_.constraint_filtered[reason];
  if (!verdict.node_class.empty()) ++metric_.class_filtered[verdict.node_class];
}

}  // namespace drover::sched
