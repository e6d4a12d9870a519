#include "client/fingerprint/fingerprint.h"
#include "sys/cgroup.h"
#include "sys/cpu_list.h"
#include "sys/host.h"

namespace drover::client {

namespace {

// Those that may be given to one task alone, where the kernel can keep a task on them.
std::vector<int32_t> reservable_cores(const FingerprintContext& context) {
  const sys::CgroupManager cgroups({.parent = context.options.cgroup_parent});
  if (!cgroups.has(sys::CgroupController::CpuSet)) return {};
  const auto online = sys::online_cpus().value_or(sys::CpuSet());
  return {online.begin(), online.end()};
}

}  // namespace

void fingerprint_cpu(const FingerprintContext& context, model::Node& node) {
  const auto cpu = sys::cpu_info();
  if (cpu.count > 0) node.attributes["cpu.numcores"] = std::to_string(cpu.count);
  if (cpu.mhz > 0) node.attributes["cpu.frequency"] = std::to_string(cpu.mhz);
  if (!cpu.model.empty()) node.attributes["cpu.modelname"] = cpu.model;
  node.attributes["cpu.arch"] = sys::host_info().arch;
  node.resources.cpu =
      context.options.cpu_total_compute > 0 ? context.options.cpu_total_compute : int64_t{cpu.count} * int64_t{cpu.mhz};
  node.cores = reservable_cores(context);
  if (!node.cores.empty()) node.attributes["cpu.reservablecores"] = std::to_string(node.cores.size());
  node.attributes["cpu.totalcompute"] = std::to_string(node.resources.cpu);
}

}  // namespace drover::client
