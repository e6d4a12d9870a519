#include "drivers/devices/nvml.h"

#include <array>
#include <utility>

#include <dlfcn.h>

#include <fmt/format.h>

namespace drover::drivers {
namespace {

// The prototypes of nvml.h that are used here, declared by hand: they are the library's ABI since version 11.
using Return = int;
using Device = struct NvmlDevice*;

constexpr Return kSuccess = 0;
constexpr Return kGpuIsLost = 15;
constexpr Return kResetRequired = 16;
constexpr unsigned kTextBytes = 96;
constexpr int kCoreClock = 0;
constexpr int kMemoryClock = 2;
constexpr int kGpuSensor = 0;
constexpr int kUncorrected = 1;
constexpr int kSinceLoad = 0;

struct PciInfo {
  std::array<char, 16> bus_id_legacy;
  unsigned domain, bus, device, pci_device_id, pci_subsystem_id;
  std::array<char, 32> bus_id;
};
struct MemoryInfo {
  unsigned long long total, free, used;
};
struct Bar1Info {
  unsigned long long total, free, used;
};
struct Utilization {
  unsigned gpu, memory;
};

struct Calls {
  Return (*init)();
  Return (*shutdown)();
  const char* (*error_text)(Return);
  Return (*driver_version)(char*, unsigned);
  Return (*cuda_version)(int*);
  Return (*count)(unsigned*);
  Return (*by_index)(unsigned, Device*);
  Return (*name)(Device, char*, unsigned);
  Return (*uuid)(Device, char*, unsigned);
  Return (*minor)(Device, unsigned*);
  Return (*pci)(Device, PciInfo*);
  Return (*memory)(Device, MemoryInfo*);
  Return (*bar1)(Device, Bar1Info*);
  Return (*compute)(Device, int*, int*);
  Return (*power_limit)(Device, unsigned*);
  Return (*power)(Device, unsigned*);
  Return (*temperature)(Device, int, unsigned*);
  Return (*utilization)(Device, Utilization*);
  Return (*encoder)(Device, unsigned*, unsigned*);
  Return (*decoder)(Device, unsigned*, unsigned*);
  Return (*max_clock)(Device, int, unsigned*);
  Return (*link_generation)(Device, unsigned*);
  Return (*link_width)(Device, unsigned*);
  Return (*display)(Device, int*);
  Return (*persistence)(Device, int*);
  Return (*ecc)(Device, int, int, unsigned long long*);
  Return (*remapped)(Device, unsigned*, unsigned*, unsigned*, unsigned*);
  Return (*mig_mode)(Device, unsigned*, unsigned*);
  Return (*mig_count)(Device, unsigned*);
  Return (*mig_by_index)(Device, unsigned, Device*);
};

// Nothing if the library is too old for the call, or the card does not tell.
template <class Value, class Call, class... More>
std::optional<Value> ask(Call call, Device device, More... more) {
  Value value{};
  if (!call || call(device, more..., &value) != kSuccess) return std::nullopt;
  return value;
}

template <class Call>
std::string ask_text(Call call, Device device) {
  std::array<char, kTextBytes> text{};
  if (!call || call(device, text.data(), kTextBytes) != kSuccess) return "";
  text.back() = '\0';
  return text.data();
}

template <class Call>
std::optional<uint32_t> ask_percent(Call call, Device device) {
  unsigned percent = 0, period = 0;
  if (!call || call(device, &percent, &period) != kSuccess) return std::nullopt;
  return percent;
}

// Of one lane, in MB/s, by generation of PCI Express.
std::optional<uint32_t> pci_bandwidth(const Calls& calls, Device device) {
  constexpr std::array<uint32_t, 7> kLane = {0, 250, 500, 985, 1969, 3938, 7563};
  const auto generation = ask<unsigned>(calls.link_generation, device);
  const auto width = ask<unsigned>(calls.link_width, device);
  if (!generation || !width || *generation >= kLane.size()) return std::nullopt;
  return kLane[*generation] * *width;
}

std::string problem_of(const Calls& calls, Device device) {
  MemoryInfo memory{};
  const Return answer = calls.memory(device, &memory);
  if (answer == kGpuIsLost) return "the GPU has fallen off the bus";
  if (answer == kResetRequired) return "the GPU has to be reset";
  unsigned corrected = 0, uncorrected = 0, pending = 0, failed = 0;
  const bool told = calls.remapped && calls.remapped(device, &corrected, &uncorrected, &pending, &failed) == kSuccess;
  return told && failed != 0 ? "memory of the GPU is broken: a row could not be replaced" : "";
}

}  // namespace

struct Nvml::Library {
  void* handle = nullptr;
  Calls calls{};
  bool initialised = false;

  ~Library() {
    if (initialised) calls.shutdown();
    if (handle) ::dlclose(handle);
  }

  template <class Call>
  bool find(Call& call, std::initializer_list<const char*> names) {
    for (const char* name : names) {
      call = reinterpret_cast<Call>(::dlsym(handle, name));
      if (call) return true;
    }
    return false;
  }

  bool find_all();
  Error failure(const char* what, Return code) const {
    const char* text = calls.error_text ? calls.error_text(code) : nullptr;
    return Error(ErrorCode::Unavailable, fmt::format("{}: {}", what, text ? text : fmt::format("error {}", code)));
  }
  // Cards, or the parts of those that are split.
  template <class Visit>
  Status for_each(Visit visit) const;
};

bool Nvml::Library::find_all() {
  const bool needed = find(calls.init, {"nvmlInit_v2", "nvmlInit"}) && find(calls.shutdown, {"nvmlShutdown"}) &&
                      find(calls.count, {"nvmlDeviceGetCount_v2", "nvmlDeviceGetCount"}) &&
                      find(calls.by_index, {"nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetHandleByIndex"}) &&
                      find(calls.name, {"nvmlDeviceGetName"}) && find(calls.uuid, {"nvmlDeviceGetUUID"}) &&
                      find(calls.memory, {"nvmlDeviceGetMemoryInfo"});
  find(calls.error_text, {"nvmlErrorString"});
  find(calls.driver_version, {"nvmlSystemGetDriverVersion"});
  find(calls.cuda_version, {"nvmlSystemGetCudaDriverVersion_v2", "nvmlSystemGetCudaDriverVersion"});
  find(calls.minor, {"nvmlDeviceGetMinorNumber"});
  find(calls.pci, {"nvmlDeviceGetPciInfo_v3"});
  find(calls.bar1, {"nvmlDeviceGetBAR1MemoryInfo"});
  find(calls.compute, {"nvmlDeviceGetCudaComputeCapability"});
  find(calls.power_limit, {"nvmlDeviceGetPowerManagementLimit"});
  find(calls.power, {"nvmlDeviceGetPowerUsage"});
  find(calls.temperature, {"nvmlDeviceGetTemperature"});
  find(calls.utilization, {"nvmlDeviceGetUtilizationRates"});
  find(calls.encoder, {"nvmlDeviceGetEncoderUtilization"});
  find(calls.decoder, {"nvmlDeviceGetDecoderUtilization"});
  find(calls.max_clock, {"nvmlDeviceGetMaxClockInfo"});
  find(calls.link_generation, {"nvmlDeviceGetMaxPcieLinkGeneration"});
  find(calls.link_width, {"nvmlDeviceGetMaxPcieLinkWidth"});
  find(calls.display, {"nvmlDeviceGetDisplayMode"});
  find(calls.persistence, {"nvmlDeviceGetPersistenceMode"});
  find(calls.ecc, {"nvmlDeviceGetTotalEccErrors"});
  find(calls.remapped, {"nvmlDeviceGetRemappedRows"});
  find(calls.mig_mode, {"nvmlDeviceGetMigMode"});
  find(calls.mig_count, {"nvmlDeviceGetMaxMigDeviceCount"});
  find(calls.mig_by_index, {"nvmlDeviceGetMigDeviceHandleByIndex"});
  return needed;
}

template <class Visit>
Status Nvml::Library::for_each(Visit visit) const {
  unsigned count = 0;
  if (const Return code = calls.count(&count); code != kSuccess) return err(failure("counting the GPUs", code));
  for (unsigned i = 0; i < count; i++) {
    Device card = nullptr;
    if (calls.by_index(i, &card) != kSuccess) continue;  // a lost one is missed by its uuid
    unsigned mode = 0, pending = 0;
    const bool split = calls.mig_mode && calls.mig_mode(card, &mode, &pending) == kSuccess && mode == 1;
    if (!split) {
      visit(card, card);
      continue;
    }
    const unsigned parts = ask<unsigned>(calls.mig_count, card).value_or(0);
    for (unsigned p = 0; p < parts; p++) {
      Device part = nullptr;
      if (calls.mig_by_index && calls.mig_by_index(card, p, &part) == kSuccess) visit(card, part);
    }
  }
  return Ok{};
}

Nvml::Nvml(std::unique_ptr<Library> library) : library_(std::move(library)) {}
Nvml::~Nvml() = default;

Result<std::unique_ptr<Nvml>> Nvml::open(const std::string& library) {
  auto loaded = std::make_unique<Library>();
  loaded->handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!loaded->handle) {
    const char* reason = ::dlerror();
    return err(ErrorCode::NotFound, "{}", reason ? reason : library);
  }
  if (!loaded->find_all()) return err(ErrorCode::Unavailable, "{} is not NVIDIA's management library", library);
  if (const Return code = loaded->calls.init(); code != kSuccess) {
    return err(loaded->failure("starting NVIDIA's management library", code));
  }
  loaded->initialised = true;
  return std::unique_ptr<Nvml>(new Nvml(std::move(loaded)));
}

Result<GpuHost> Nvml::look() const {
  const Calls& calls = library_->calls;
  GpuHost host;
  std::array<char, kTextBytes> version{};
  if (calls.driver_version && calls.driver_version(version.data(), kTextBytes) == kSuccess) {
    host.driver_version = version.data();
  }
  int cuda = 0;  // 12020 is 12.2
  if (calls.cuda_version && calls.cuda_version(&cuda) == kSuccess) {
    host.cuda_version = fmt::format("{}.{}", cuda / 1000, cuda % 1000 / 10);
  }
  TRY(library_->for_each([&](Device card, Device device) {
    Gpu gpu{.uuid = ask_text(calls.uuid, device), .model = ask_text(calls.name, device)};
    if (gpu.uuid.empty()) return;
    gpu.problem = problem_of(calls, device);
    if (const auto pci = ask<PciInfo>(calls.pci, card)) gpu.bus_id = pci->bus_id.data();
    if (card == device) gpu.minor = ask<unsigned>(calls.minor, card);
    if (const auto memory = ask<MemoryInfo>(calls.memory, device)) gpu.memory = memory->total;
    if (const auto bar1 = ask<Bar1Info>(calls.bar1, device)) gpu.bar1 = bar1->total;
    int major = 0, minor = 0;
    if (calls.compute && calls.compute(card, &major, &minor) == kSuccess) {
      gpu.compute_capability = fmt::format("{}.{}", major, minor);
    }
    gpu.power_mw = ask<unsigned>(calls.power_limit, card);
    gpu.core_mhz = ask<unsigned>(calls.max_clock, card, kCoreClock);
    gpu.memory_mhz = ask<unsigned>(calls.max_clock, card, kMemoryClock);
    gpu.pci_mb = pci_bandwidth(calls, card);
    if (const auto on = ask<int>(calls.display, card)) gpu.display = *on != 0;
    if (const auto on = ask<int>(calls.persistence, card)) gpu.persistence = *on != 0;
    host.gpus.push_back(std::move(gpu));
  }));
  return host;
}

Result<std::vector<GpuUse>> Nvml::use() const {
  const Calls& calls = library_->calls;
  std::vector<GpuUse> out;
  TRY(library_->for_each([&](Device card, Device device) {
    GpuUse use{.uuid = ask_text(calls.uuid, device)};
    if (use.uuid.empty()) return;
    if (const auto memory = ask<MemoryInfo>(calls.memory, device)) {
      use.memory_total = memory->total;
      use.memory_used = memory->used;
    }
    if (const auto bar1 = ask<Bar1Info>(calls.bar1, device)) {
      use.bar1_total = bar1->total;
      use.bar1_used = bar1->used;
    }
    use.power_mw = ask<unsigned>(calls.power, card);
    use.power_limit_mw = ask<unsigned>(calls.power_limit, card);
    if (const auto rates = ask<Utilization>(calls.utilization, device)) {
      use.gpu_percent = rates->gpu;
      use.memory_percent = rates->memory;
    }
    use.encoder_percent = ask_percent(calls.encoder, card);
    use.decoder_percent = ask_percent(calls.decoder, card);
    use.temperature = ask<unsigned>(calls.temperature, card, kGpuSensor);
    use.ecc_uncorrected = ask<unsigned long long>(calls.ecc, card, kUncorrected, kSinceLoad);
    out.push_back(std::move(use));
  }));
  return out;
}

}  // namespace drover::drivers
