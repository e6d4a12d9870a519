#include "jobspec/differences.h"

#include <fmt/core.h>

namespace drover::jobspec {

void warn_of_differences(const model::Job& job, Diagnostics& diagnostics) {
  for (size_t g = 0; g < job.task_groups.size(); ++g) {
    if (!job.task_groups[g].ephemeral_disk.migrate) continue;
    diagnostics.warning(
        fmt::format("TaskGroups[{}].EphemeralDisk.Migrate", g),
        "data does not follow to another machine in this version of drover: the disk starts empty there");
  }
}

}  // namespace drover::jobspec
