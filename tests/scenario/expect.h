#pragma once

#include "scenario/script.h"
#include "scenario/world.h"

#include <map>
#include <string>

namespace drover::scenario {

// Checks a statement that begins with `expect`. Errors say what was found instead.
Status expect(const Statement& statement, const World& world, const std::map<std::string, model::AllocId>& remembered);

// The same for what is about deployments, drains and launches.
Status expect_change(const Statement& statement, const World& world);

// The newest allocation of that name: "web.api[0]", or "api[0]" whatever the job; null if there is none.
state::Row<model::Allocation> find_alloc(const state::Snapshot& snapshot, const std::string& name);
state::Row<model::Node> find_node(const state::Snapshot& snapshot, const std::string& name);

}  // namespace drover::scenario
