#pragma once

#include "model/ids.h"

#include <string>

namespace drover::client {

// Kills what still runs in cgroups of the allocation and removes them: for allocations whose records are lost, so that
// no driver can be asked. Blocks.
void remove_leftover_cgroups(const std::string& cgroup_parent, model::AllocId alloc);

}  // namespace drover::client
