#include "drivers/devices/nvidia.h"

#include "base/log.h"
#include "model/device_attribute.h"

#include <algorithm>
#include <utility>

#include <unistd.h>

#include <fmt/format.h>

namespace drover::drivers {
namespace {

constexpr const char* kVendor = "nvidia";
constexpr const char* kType = "gpu";
constexpr const char* kVisible = "NVIDIA_VISIBLE_DEVICES";
// Of the driver, beside the file of each GPU.
constexpr const char* kControlFiles[] = {"/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools",
                                         "/dev/nvidia-modeset"};

std::string device_of(const std::string& instance) {
  return instance.substr(0, instance.find(model::kSharedInstanceMark));
}

std::optional<int64_t> mebibytes(const std::optional<uint64_t>& bytes) {
  return bytes ? std::optional(static_cast<int64_t>(*bytes >> 20)) : std::nullopt;
}

std::optional<int64_t> watts(const std::optional<uint32_t>& milliwatts) {
  return milliwatts ? std::optional<int64_t>(*milliwatts / 1000) : std::nullopt;
}

template <class Number>
std::optional<int64_t> number(const std::optional<Number>& value) {
  return value ? std::optional(static_cast<int64_t>(*value)) : std::nullopt;
}

}  // namespace

std::map<std::string, std::string> gpu_attributes(const GpuHost& host, const Gpu& gpu) {
  std::map<std::string, std::string> out;
  const auto add = [&](const char* name, const std::optional<int64_t>& value, const char* unit) {
    if (value) out[name] = fmt::format("{} {}", *value, unit);
  };
  const auto add_text = [&](const char* name, const std::string& text) {
    if (!text.empty()) out[name] = text;
  };
  const auto add_state = [&](const char* name, const std::optional<bool>& on) {
    if (on) out[name] = *on ? "Enabled" : "Disabled";
  };
  add("memory", mebibytes(gpu.memory), "MiB");
  add("bar1", mebibytes(gpu.bar1), "MiB");
  add("power", watts(gpu.power_mw), "W");
  add("cores_clock", number(gpu.core_mhz), "MHz");
  add("memory_clock", number(gpu.memory_mhz), "MHz");
  add("pci_bandwidth", number(gpu.pci_mb), "MB/s");
  add_text("driver_version", host.driver_version);
  add_text("cuda_version", host.cuda_version);
  add_text("compute_capability", gpu.compute_capability);
  add_state("display_state", gpu.display);
  add_state("persistence_mode", gpu.persistence);
  return out;
}

DeviceUse gpu_use(const Gpu& gpu, const GpuUse& use) {
  DeviceUse out{.vendor = kVendor, .type = kType, .name = gpu.model, .id = gpu.uuid};
  out.summary = {.name = "Memory state",
                 .description = "UsedMemory / TotalMemory",
                 .unit = "MiB",
                 .value = mebibytes(use.memory_used),
                 .of = mebibytes(use.memory_total)};
  const auto add = [&](DeviceMeasure measure) {
    if (measure.value) out.measures.push_back(std::move(measure));
  };
  add(out.summary);
  add({"BAR1 buffer state", "UsedBAR1 / TotalBAR1", "MiB", mebibytes(use.bar1_used), mebibytes(use.bar1_total)});
  add({"Power usage", "power drawn / its limit", "W", watts(use.power_mw), watts(use.power_limit_mw)});
  add({"GPU utilization", "time in which the GPU was at work", "%", number(use.gpu_percent), {}});
  add({"Memory utilization", "time in which its memory was read or written", "%", number(use.memory_percent), {}});
  add({"Encoder utilization", "time in which the video encoder was at work", "%", number(use.encoder_percent), {}});
  add({"Decoder utilization", "time in which the video decoder was at work", "%", number(use.decoder_percent), {}});
  add({"Temperature", "of the GPU", "C", number(use.temperature), {}});
  add({"ECC uncorrected errors", "since the driver was loaded", "#", number(use.ecc_uncorrected), {}});
  return out;
}

// A driver that was replaced meanwhile answers a library that is started anew.
Result<GpuHost> NvidiaSource::ask() {
  const bool fresh = nvml_ == nullptr;
  if (fresh) {
    TRY_LET(nvml_, Nvml::open(options_.library));
  }
  auto host = nvml_->look();
  if (host) return host;
  nvml_.reset();
  return fresh ? Result<GpuHost>(err(host.error())) : ask();
}

void NvidiaSource::remember(Result<GpuHost> host) {
  std::vector<Gpu> before = std::move(known_.gpus);
  std::string problem = "the driver does not list the GPU any more";
  if (host) {
    known_ = std::move(*host);
    std::erase_if(known_.gpus, [&](const Gpu& gpu) {
      return std::ranges::find(options_.ignored, gpu.uuid) != options_.ignored.end();
    });
  } else {
    problem = host.error().message();
    known_.gpus.clear();
  }
  for (Gpu& gpu : before) {
    if (std::ranges::find(known_.gpus, gpu.uuid, &Gpu::uuid) != known_.gpus.end()) continue;
    gpu.problem = problem;
    known_.gpus.push_back(std::move(gpu));
  }
  std::ranges::sort(known_.gpus, {}, [](const Gpu& gpu) { return std::pair(gpu.bus_id, gpu.uuid); });
}

std::string NvidiaSource::instance_of(const Gpu& gpu, int32_t share) const {
  if (options_.tasks_per_gpu <= 1) return gpu.uuid;
  return fmt::format("{}{}{}", gpu.uuid, model::kSharedInstanceMark, share);
}

std::vector<model::NodeDeviceGroup> NvidiaSource::look() {
  remember(ask());
  std::map<std::string, model::NodeDeviceGroup> groups;
  // First one share of each GPU, so that tasks spread over the GPUs before they share them.
  for (int32_t share = 0; share < std::max(options_.tasks_per_gpu, 1); share++) {
    for (const Gpu& gpu : known_.gpus) {
      auto& group = groups[gpu.model];
      if (group.instances.empty()) {
        group = {.vendor = kVendor, .type = kType, .name = gpu.model, .attributes = gpu_attributes(known_, gpu)};
        if (options_.tasks_per_gpu > 1) group.attributes["tasks_per_gpu"] = std::to_string(options_.tasks_per_gpu);
      }
      group.instances.push_back({.id = instance_of(gpu, share),
                                 .healthy = gpu.problem.empty(),
                                 .health_description = gpu.problem,
                                 .pci_bus_id = gpu.bus_id});
    }
  }
  std::vector<model::NodeDeviceGroup> out;
  for (auto& [name, group] : groups) out.push_back(std::move(group));
  return out;
}

Result<std::vector<DeviceUse>> NvidiaSource::use() {
  std::vector<DeviceUse> out;
  if (known_.gpus.empty() || !nvml_) return out;
  TRY_LET(const auto uses, nvml_->use());
  for (const GpuUse& use : uses) {
    const auto gpu = std::ranges::find(known_.gpus, use.uuid, &Gpu::uuid);
    if (gpu == known_.gpus.end()) continue;
    const DeviceUse one = gpu_use(*gpu, use);
    for (int32_t share = 0; share < std::max(options_.tasks_per_gpu, 1); share++) {
      out.push_back(one);
      out.back().id = instance_of(*gpu, share);
    }
  }
  return out;
}

Result<DeviceReservation> NvidiaSource::reserve(const std::vector<std::string>& ids) {
  DeviceReservation out{.device = {.vendor = kVendor, .type = kType}};
  for (const std::string& id : ids) {
    const auto gpu = std::ranges::find(known_.gpus, device_of(id), &Gpu::uuid);
    if (gpu == known_.gpus.end()) return err(ErrorCode::Unavailable, "this node has no GPU {}", id);
    if (!gpu->problem.empty()) return err(ErrorCode::Unavailable, "GPU {}: {}", gpu->uuid, gpu->problem);
    out.device.ids.push_back(gpu->uuid);
    if (gpu->minor) out.device.nodes.push_back(fmt::format("/dev/nvidia{}", *gpu->minor));
  }
  out.device.nodes.insert(out.device.nodes.end(), std::begin(kControlFiles), std::end(kControlFiles));
  std::erase_if(out.device.nodes, [](const std::string& node) { return ::access(node.c_str(), F_OK) != 0; });
  out.env[kVisible] = out.host_env["CUDA_VISIBLE_DEVICES"] = fmt::format("{}", fmt::join(out.device.ids, ","));
  return out;
}

// Images of CUDA ask for all GPUs by this variable, which counts where NVIDIA's runtime is docker's default.
std::map<std::string, std::string> NvidiaSource::denial() const {
  if (known_.gpus.empty()) return {};
  return {{kVisible, "void"}};
}

}  // namespace drover::drivers
