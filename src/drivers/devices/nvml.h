#pragma once

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// NVIDIA's management library, loaded at run time. All of it blocks. What a card or driver does not tell is nothing.
namespace drover::drivers {

// A card, or a part of one that was split (MIG).
struct Gpu {
  std::string uuid;
  std::string model;
  std::string bus_id;                // "00000000:01:00.0"
  std::optional<uint32_t> minor;     // /dev/nvidia<minor>; nothing for a part
  std::optional<uint64_t> memory;    // bytes
  std::optional<uint64_t> bar1;      // bytes
  std::string compute_capability;    // "7.5"
  std::optional<uint32_t> power_mw;  // its limit
  std::optional<uint32_t> core_mhz;  // at most
  std::optional<uint32_t> memory_mhz;
  std::optional<uint32_t> pci_mb;  // MB/s
  std::optional<bool> display;
  std::optional<bool> persistence;
  std::string problem;  // why it cannot be used; "" if it can
};

struct GpuHost {
  std::string driver_version;  // "535.183.01"
  std::string cuda_version;    // the newest that the driver can run: "12.2"
  std::vector<Gpu> gpus;
};

struct GpuUse {
  std::string uuid;
  std::optional<uint64_t> memory_total, memory_used;  // bytes
  std::optional<uint64_t> bar1_total, bar1_used;
  std::optional<uint32_t> power_mw, power_limit_mw;
  std::optional<uint32_t> gpu_percent, memory_percent, encoder_percent, decoder_percent;
  std::optional<uint32_t> temperature;      // °C
  std::optional<uint64_t> ecc_uncorrected;  // since the driver was loaded
};

class Nvml {
 public:
  // `library`: a path, or a name that the loader finds. NotFound where it is not installed; Unavailable where the
  // driver does not run.
  static Result<std::unique_ptr<Nvml>> open(const std::string& library);
  ~Nvml();
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;

  // Unavailable if the driver does not answer (any more).
  Result<GpuHost> look() const;
  Result<std::vector<GpuUse>> use() const;

 private:
  struct Library;
  explicit Nvml(std::unique_ptr<Library> library);

  std::unique_ptr<Library> library_;
};

}  // namespace drover::drivers
