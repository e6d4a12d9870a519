#include "jobspec/differences.h"

#include <fmt/core.h>

namespace drover::jobspec {
namespace {

// System jobs roll from node to node at the pace of `stagger`; nobody judges the health of what was updated.
void warn_of_system_update(const model::UpdateStrategy& update, const std::string& path, Diagnostics& diagnostics) {
  const bool judged = update.canary.value_or(0) > 0 || update.auto_revert.value_or(false);
  if (!judged) return;
  diagnostics.warning(path,
                      "a system job is updated without canaries and automatic reverts in this version of drover: "
                      "max_parallel nodes at a time, every stagger");
}

}  // namespace

void warn_of_differences(const model::Job& job, Diagnostics& diagnostics) {
  const bool everywhere = job.type == model::JobType::System || job.type == model::JobType::Sysbatch;
  for (size_t g = 0; g < job.task_groups.size(); ++g) {
    const model::TaskGroup& group = job.task_groups[g];
    if (everywhere && group.update) {
      warn_of_system_update(*group.update, fmt::format("TaskGroups[{}].Update", g), diagnostics);
    }
  }
}

}  // namespace drover::jobspec
