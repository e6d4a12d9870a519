#include "server/room.h"

namespace drover::server {

bool gained_room(const RowChange<model::Allocation>& change) {
  const bool held_before = change.before && !change.before->terminal();
  const bool holds_now = change.after && !change.after->terminal();
  return held_before && !holds_now;
}

bool may_take_more(const RowChange<model::Node>& change) {
  if (!change.after || !change.after->accepts_work()) return false;
  if (!change.before || !change.before->accepts_work()) return true;
  const model::Node& was = *change.before;
  const model::Node& is = *change.after;
  return was.computed_class != is.computed_class || was.resources.cpu != is.resources.cpu ||
         was.resources.memory_mb != is.resources.memory_mb || was.resources.disk_mb != is.resources.disk_mb;
}

std::set<std::string> classes_with_room(const StateChanges& changes) {
  std::set<std::string> classes;
  for (const auto& change : changes.nodes) {
    if (may_take_more(change)) classes.insert(change.after->computed_class);
  }
  for (const auto& change : changes.allocs) {
    if (!gained_room(change)) continue;
    const auto node = changes.snapshot->node(change.before->node_id);
    if (node && node->accepts_work()) classes.insert(node->computed_class);
  }
  return classes;
}

}  // namespace drover::server
