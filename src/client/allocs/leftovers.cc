#include "client/allocs/leftovers.h"

#include "base/log.h"
#include "drivers/alloc_names.h"
#include "sys/cgroup.h"
#include "sys/supervisor.h"

namespace drover::client {
namespace {

void remove_leftover(const sys::CgroupManager& cgroups, const std::string& name) {
  const auto killed = cgroups.kill_all(name);
  const auto removed = killed ? cgroups.remove(name) : killed;
  if (!removed) log::warn("a cgroup is left", {{"name", name}, {"error", removed.error().message()}});
}

}  // namespace

void remove_leftover_cgroups(const std::string& cgroup_parent, model::AllocId alloc) {
  const sys::CgroupManager cgroups({.parent = cgroup_parent});
  if (!cgroups.available()) return;
  const std::string prefix = alloc.str();
  for (const auto& name : cgroups.list()) {
    if (name.starts_with(prefix)) remove_leftover(cgroups, name);
  }
}

void kill_leftover_task(const std::string& cgroup_parent, model::AllocId alloc, const std::string& task,
                        const std::string& state_dir) {
  const auto handle = sys::settle_task_handle(state_dir, task);
  const bool none = !handle && handle.error().code() == ErrorCode::NotFound;
  const auto killed = handle ? sys::kill_task(*handle) : none ? Status(Ok{}) : Status(err(handle.error()));
  if (!killed) log::warn("a task is left", {{"alloc", alloc.str()}, {"error", killed.error().message()}});
  const sys::CgroupManager cgroups({.parent = cgroup_parent});
  if (cgroups.available()) remove_leftover(cgroups, drivers::task_cgroup_name(alloc.str(), task));
}

}  // namespace drover::client
