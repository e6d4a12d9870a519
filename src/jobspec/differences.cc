#include "jobspec/differences.h"

#include "codec/compare.h"
#include "codec/describe.h"

namespace drover::jobspec {
namespace {

using model::TaskGroup;

// As many allocations as `max_parallel` are replaced at once anyway.
bool rolls(const TaskGroup& group) {
  const int32_t at_once = group.update ? group.update->max_parallel.value_or(0) : 0;
  return at_once > 0 && group.count > at_once;
}

}  // namespace

void warn_of_differences(const model::Job& job, Diagnostics& diagnostics) {
  bool job_rolls = false;
  for (size_t g = 0; g < job.task_groups.size(); ++g) {
    const TaskGroup& group = job.task_groups[g];
    if (group.ephemeral_disk.migrate) {
      diagnostics.warning(
          fmt::format("TaskGroups[{}].EphemeralDisk.Migrate", g),
          "data does not follow to another machine in this version of drover: the disk starts empty there");
    }
    if (!rolls(group)) continue;
    const bool inherited = job.update && codec::equal(*job.update, *group.update);
    if (inherited && std::exchange(job_rolls, true)) continue;
    diagnostics.warning(inherited ? "Update.MaxParallel" : fmt::format("TaskGroups[{}].Update.MaxParallel", g),
                        "a rolling update is not supported by this version of drover: a new version replaces all "
                        "allocations at once");
  }
}

}  // namespace drover::jobspec
