#pragma once

#include "model/ids.h"

#include <string>

namespace drover::client {

// Kills what still runs in cgroups of the allocation and removes them: for allocations whose records are lost, so that
// no driver can be asked. Blocks.
void remove_leftover_cgroups(const std::string& cgroup_parent, model::AllocId alloc);

// The same for one task of it, by its supervisor's record, too; `state_dir`: where its driver keeps its state.
void kill_leftover_task(const std::string& cgroup_parent, model::AllocId alloc, const std::string& task,
                        const std::string& state_dir);

}  // namespace drover::client
