#include "sys/cgroup.h"
#include "client/fingerprint/fingerprint.h"

namespace drover::client {

void fingerprint_cgroup(const FingerprintContext& context, model::Node& node) {
  const sys::CgroupManager cgroups({.parent = context.options.cgroup_parent});
  if (!cgroups.available()) return;
  node.attributes["unique.cgroup.mountpoint"] = sys::CgroupOptions().root;
  node.attributes["unique.cgroup.version"] = std::string(sys::to_string(cgroups.version()));
}

}  // namespace drover::client
