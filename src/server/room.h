#pragma once

#include "server/state_changes.h"

#include <set>
#include <string>

namespace drover::server {

// An allocation has set free what it held.
bool gained_room(const RowChange<model::Allocation>& change);

// The node may take what it could not take before: it is new, back, eligible again, or something else or larger now.
bool may_take_more(const RowChange<model::Node>& change);

// The computed classes of which some node has gained room: what is blocked may fit there.
std::set<std::string> classes_with_room(const StateChanges& changes);

}  // namespace drover::server
