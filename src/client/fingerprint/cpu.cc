#include "client/fingerprint/fingerprint.h"
#include "sys/host.h"

namespace drover::client {

void fingerprint_cpu(const FingerprintContext& context, model::Node& node) {
  const auto cpu = sys::cpu_info();
  if (cpu.count > 0) node.attributes["cpu.numcores"] = std::to_string(cpu.count);
  if (cpu.mhz > 0) node.attributes["cpu.frequency"] = std::to_string(cpu.mhz);
  if (!cpu.model.empty()) node.attributes["cpu.modelname"] = cpu.model;
  node.attributes["cpu.arch"] = sys::host_info().arch;
  node.resources.cpu =
      context.options.cpu_total_compute > 0 ? context.options.cpu_total_compute : int64_t{cpu.count} * int64_t{cpu.mhz};
  node.attributes["cpu.totalcompute"] = std::to_string(node.resources.cpu);
}

}  // namespace drover::client
