#include "client/allocs/leftovers.h"

#include "base/log.h"
#include "sys/cgroup.h"

namespace drover::client {

void remove_leftover_cgroups(const std::string& cgroup_parent, model::AllocId alloc) {
  const sys::CgroupManager cgroups({.parent = cgroup_parent});
  if (!cgroups.available()) return;
  const std::string prefix = alloc.str();
  for (const auto& name : cgroups.list()) {
    if (!name.starts_with(prefix)) continue;
    const auto killed = cgroups.kill_all(name);
    const auto removed = killed ? cgroups.remove(name) : killed;
    if (!removed) log::warn("a cgroup is left", {{"name", name}, {"error", removed.error().message()}});
  }
}

}  // namespace drover::client
