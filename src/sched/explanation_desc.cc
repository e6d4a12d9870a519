#include "codec/describe.h"
#include "sched/explanation.h"

namespace drover::sched {

using codec::StructBuilder;

void describe(StructBuilder& d, NodeExplanation& r) {
  auto& [node_id, node_name, code, reason, remedy, score, scores] = r;
  d.name("NodeExplanation");
  d.field(1, node_id, "NodeID");
  d.field(2, node_name, "NodeName");
  d.field(3, code, "Code");
  d.field(4, reason, "Reason");
  d.field(5, remedy, "Remedy");
  d.field(6, score, "NormScore");
  d.field(7, scores, "Scores");
}

void describe(StructBuilder& d, PlacedExplanation& r) {
  auto& [alloc_id, name, node_id, node_name, score, scores] = r;
  d.name("PlacedExplanation");
  d.field(1, alloc_id, "AllocID");
  d.field(2, name, "Name");
  d.field(3, node_id, "NodeID");
  d.field(4, node_name, "NodeName");
  d.field(5, score, "NormScore");
  d.field(6, scores, "Scores");
}

void describe(StructBuilder& d, GroupExplanation& r) {
  auto& [group, desired, missing, placed, nodes, nodes_looked_at, nodes_by_code] = r;
  d.name("GroupExplanation");
  d.field(1, group, "TaskGroup");
  d.field(2, desired, "Desired");
  d.field(3, missing, "Missing");
  d.field(4, placed, "Placed");
  d.field(5, nodes, "Nodes");
  d.field(6, nodes_looked_at, "NodesLookedAt");
  d.field(7, nodes_by_code, "NodesByCode");
}

void describe(StructBuilder& d, JobExplanation& r) {
  auto& [groups] = r;
  d.name("JobExplanation");
  d.field(1, groups, "TaskGroups");
}

}  // namespace drover::sched
