#include "sched/feasible.h"

#include <algorithm>

#include "sched/slots.h"

namespace drover::sched {

Feasibility::Feasibility(const state::Snapshot& snapshot, const model::Job& job, const model::TaskGroup& group,
                         const state::GroupAsk& ask)
    : snapshot_(snapshot), checks_(job, group, ask), verdicts_(snapshot.columns().class_limit()) {
  scan();
  for (const ClassVerdict& verdict : verdicts_) {
    if (verdict.looked_at) count(verdict);
  }
}

bool Feasibility::feasible(uint32_t slot) const {
  return std::ranges::binary_search(slots_, slot);
}

std::map<std::string, bool> Feasibility::class_eligibility() const {
  std::map<std::string, bool> out;
  for (uint32_t number = 0; number < verdicts_.size(); ++number) {
    const ClassVerdict& verdict = verdicts_[number];
    if (verdict.looked_at) out[snapshot_.columns().class_name(number)] = verdict.filtered_by.empty();
  }
  return out;
}

void Feasibility::scan() {
  const state::Columns& columns = snapshot_.columns();
  slots_.reserve(columns.slots());
  for (size_t slot = 0; slot < columns.slots(); ++slot) {
    const state::ColumnChunk& chunk = *columns.chunks()[slot / state::kColumnChunk];
    const size_t i = slot % state::kColumnChunk;
    if (!chunk.ready[i]) continue;
    ClassVerdict& verdict = verdicts_[chunk.node_class[i]];
    if (!verdict.known) verdict = judge_class(*node_in(snapshot_, slot));
    ++verdict.nodes;
    if (verdict.looked_at && verdict.filtered_by.empty()) judge_node(slot, verdict);
  }
}

void Feasibility::judge_node(size_t slot, const ClassVerdict& verdict) {
  if (checks_.has_node_checks()) {
    const auto obstacle = checks_.node_obstacle(*node_in(snapshot_, slot));
    if (obstacle) return count_filtered(verdict, obstacle->text, 1);
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

void Feasibility::count(const ClassVerdict& verdict) {
  metric_.nodes_available[verdict.datacenter] += verdict.nodes;
  metric_.nodes_evaluated += verdict.nodes;
  if (!verdict.filtered_by.empty()) count_filtered(verdict, verdict.filtered_by, verdict.nodes);
}

void Feasibility::count_filtered(const ClassVerdict& verdict, const std::string& reason, int32_t nodes) {
  metric_.nodes_filtered += nodes;
  metric_.constraint_filtered[reason] += nodes;
  if (!verdict.node_class.empty()) metric_.class_filtered[verdict.node_class] += nodes;
}

}  // namespace drover::sched
