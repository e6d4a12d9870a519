#pragma once

#include "drivers/devices/device_source.h"
#include "drivers/devices/nvml.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace drover::drivers {

struct NvidiaOptions {
  bool enabled = true;
  std::string library = "libnvidia-ml.so.1";
  std::vector<std::string> ignored;  // ids of GPUs that tasks do not get
  Duration period = std::chrono::seconds(30);
  int32_t tasks_per_gpu = 1;  // above 1: so many tasks share each GPU, its memory included
};

// The GPUs that NVIDIA's driver tells of, by model: "nvidia/gpu/Tesla T4".
class NvidiaSource final : public DeviceSource {
 public:
  explicit NvidiaSource(NvidiaOptions options) : options_(std::move(options)) {}

  std::string_view name() const override { return "nvidia"; }
  Duration period() const override { return options_.period; }
  std::vector<model::NodeDeviceGroup> look() override;
  Result<std::vector<DeviceUse>> use() override;
  Result<DeviceReservation> reserve(const std::vector<std::string>& ids) override;
  std::map<std::string, std::string> denial() const override;

 private:
  Result<GpuHost> ask();
  void remember(Result<GpuHost> host);
  std::string instance_of(const Gpu& gpu, int32_t share) const;

  const NvidiaOptions options_;
  std::unique_ptr<Nvml> nvml_;
  GpuHost known_;  // with those that were there once
};

// What jobs can ask of a GPU: "memory" → "15360 MiB". Pure.
std::map<std::string, std::string> gpu_attributes(const GpuHost& host, const Gpu& gpu);

// What it does, as Nomad's plugin names it. Pure.
DeviceUse gpu_use(const Gpu& gpu, const GpuUse& use);

}  // namespace drover::drivers
