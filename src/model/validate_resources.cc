#include <algorithm>
#include <set>

#include "base/strings.h"
#include "model/validate_parts.h"

namespace drover::model {
namespace {

constexpr int32_t kMinMemoryMb = 10;
constexpr int32_t kMaxDevices = 1024;  // of one kind, for one task

void validate_cpu(const Resources& resources, const Problems& problems) {
  if (resources.cores < 0) {
    problems.at("Cores").error("cores must not be negative, but is {}", resources.cores);
  } else if (resources.cores > 0 && resources.cpu != 0) {
    problems.at("CPU").error("cpu ({}) and cores ({}) exclude each other: keep one", resources.cpu, resources.cores);
  } else if (resources.cores == 0 && resources.cpu < 1) {
    problems.at("CPU").error("cpu must be at least 1 MHz, not {}", resources.cpu);
  }
}

void validate_memory(const Resources& resources, const Problems& problems) {
  if (resources.memory_mb < kMinMemoryMb) {
    problems.at("MemoryMB").error("memory must be at least {} MB, not {}", kMinMemoryMb, resources.memory_mb);
  }
  const int32_t max = resources.memory_max_mb;
  if (max < -1) {
    problems.at("MemoryMaxMB").error("memory_max must be a number of MB, or -1 for no limit, not {}", max);
  } else if (max > 0 && max < resources.memory_mb) {
    problems.at("MemoryMaxMB").error("memory_max ({}) must not be less than memory ({})", max, resources.memory_mb);
  }
  if (resources.secrets_mb < 0) {
    problems.at("SecretsMB").error("secrets must not be negative, but is {}", resources.secrets_mb);
  }
}

// "gpu", "nvidia/gpu" or "nvidia/gpu/1080ti".
void validate_device_name(const std::string& name, const Problems& problems) {
  const auto parts = split(name, '/');
  const bool empty = std::ranges::any_of(parts, [](const std::string& part) { return part.empty(); });
  if (!empty && parts.size() <= 3 && name.find('\0') == std::string::npos) return;
  problems.error("device \"{}\" must be a type, vendor/type or vendor/type/model, such as nvidia/gpu",
                 printable(name, 80));
}

void validate_devices(std::span<const RequestedDevice> devices, const Problems& problems) {
  for (size_t i = 0; i < devices.size(); ++i) {
    const RequestedDevice& device = devices[i];
    const Problems place = problems.element(i);
    validate_device_name(device.name, place.at("Name"));
    if (device.count < 1 || device.count > kMaxDevices) {
      place.at("Count").error("count must be between 1 and {}, not {}", kMaxDevices, device.count);
    }
    validate_constraints(device.constraints, ConstraintLevel::Task, place.at("Constraints"));
    validate_affinities(device.affinities, place.at("Affinities"));
  }
}

void validate_numa(const NumaConfig& numa, const Resources& resources, const Problems& problems) {
  if (!is_one_of(numa.affinity, {"none", "prefer", "require"})) {
    problems.at("Affinity")
        .error("unknown affinity \"{}\", it must be none, prefer or require", printable(numa.affinity, 80));
  }
  if (resources.cores == 0) problems.error("numa needs cores of the task's own: set cores");
  if (!numa.devices.empty() && numa.affinity == "none") {
    problems.at("Devices").error("devices need affinity = \"prefer\" or \"require\"");
  }
  std::set<std::string> seen;
  for (size_t i = 0; i < numa.devices.size(); ++i) {
    const std::string& name = numa.devices[i];
    if (std::ranges::find(resources.devices, name, &RequestedDevice::name) == resources.devices.end()) {
      problems.at("Devices", i).error("the task asks for no device \"{}\"", printable(name, 80));
    } else if (!seen.insert(name).second) {
      problems.at("Devices", i).error("device \"{}\" is named twice", printable(name, 80));
    }
  }
}

}  // namespace

void validate_resources(const Resources& resources, const Problems& problems) {
  validate_cpu(resources, problems);
  validate_memory(resources, problems);
  if (resources.disk_mb < 0) problems.at("DiskMB").error("disk must not be negative, but is {}", resources.disk_mb);
  if (resources.iops != 0 && (resources.iops < 10 || resources.iops > 1000)) {
    problems.at("IOPS").error("iops must be between 10 and 1000, not {}", resources.iops);
  } else if (resources.iops != 0) {
    problems.at("IOPS").warning("iops is a weight and takes effect only where the kernel can weigh I/O");
  }
  validate_networks(resources.networks, problems);
  validate_devices(resources.devices, problems.at("Devices"));
  if (resources.numa) validate_numa(*resources.numa, resources, problems.at("NUMA"));
}

}  // namespace drover::model
