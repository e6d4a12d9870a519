// A library with the interface of NVIDIA's, for machines without a GPU. It tells of the GPUs in the file that
// DROVER_FAKE_NVML names, which is read at every call:
//
//   driver 535.183.01 12020
//   gpu uuid=GPU-1 name=Tesla_T4 memory_mib=15360 used_mib=100 bus=00000000:01:00.0 minor=0 power_mw=30000 lost=1
//
// Underscores of a name are spaces. Without the file, the driver is not loaded.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

constexpr int kSuccess = 0;
constexpr int kNotFound = 6;
constexpr int kNotSupported = 3;
constexpr int kDriverNotLoaded = 9;
constexpr int kGpuIsLost = 15;

using Gpu = std::map<std::string, std::string>;

struct State {
  bool loaded = false;
  std::string driver;
  int cuda = 0;
  std::vector<Gpu> gpus;
};

State read_state() {
  State state;
  const char* path = std::getenv("DROVER_FAKE_NVML");
  std::ifstream file(path ? path : "");
  state.loaded = file.good();
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word == "driver") words >> state.driver >> state.cuda;
    if (word != "gpu") continue;
    Gpu gpu;
    while (words >> word) {
      const size_t equals = word.find('=');
      if (equals != std::string::npos) gpu[word.substr(0, equals)] = word.substr(equals + 1);
    }
    state.gpus.push_back(std::move(gpu));
  }
  return state;
}

// Handles are numbers from 1.
void* handle_of(unsigned index) {
  return reinterpret_cast<void*>(static_cast<uintptr_t>(index) + 1);
}

int find(void* device, Gpu& gpu) {
  const State state = read_state();
  if (!state.loaded) return kDriverNotLoaded;
  const auto index = reinterpret_cast<uintptr_t>(device) - 1;
  if (index >= state.gpus.size()) return kNotFound;
  gpu = state.gpus[index];
  return gpu.contains("lost") ? kGpuIsLost : kSuccess;
}

int copy(const std::string& text, char* to, unsigned size) {
  std::snprintf(to, size, "%s", text.c_str());
  return kSuccess;
}

template <class Number>
int tell(void* device, const char* key, Number* value) {
  Gpu gpu;
  if (const int code = find(device, gpu); code != kSuccess) return code;
  if (!gpu.contains(key)) return kNotSupported;
  *value = static_cast<Number>(std::stoull(gpu[key]));
  return kSuccess;
}

}  // namespace

extern "C" {

struct PciInfo {
  char bus_id_legacy[16];
  unsigned domain, bus, device, pci_device_id, pci_subsystem_id;
  char bus_id[32];
};
struct MemoryInfo {
  unsigned long long total, free, used;
};
struct Utilization {
  unsigned gpu, memory;
};

int nvmlInit_v2() {
  return read_state().loaded ? kSuccess : kDriverNotLoaded;
}
int nvmlShutdown() {
  return kSuccess;
}
const char* nvmlErrorString(int code) {
  return code == kDriverNotLoaded ? "Driver Not Loaded" : code == kGpuIsLost ? "GPU is lost" : "another error";
}
int nvmlSystemGetDriverVersion(char* version, unsigned size) {
  return copy(read_state().driver, version, size);
}
int nvmlSystemGetCudaDriverVersion_v2(int* version) {
  *version = read_state().cuda;
  return kSuccess;
}
int nvmlDeviceGetCount_v2(unsigned* count) {
  const State state = read_state();
  *count = static_cast<unsigned>(state.gpus.size());
  return state.loaded ? kSuccess : kDriverNotLoaded;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  *device = handle_of(index);
  return index < read_state().gpus.size() ? kSuccess : kNotFound;
}
int nvmlDeviceGetName(void* device, char* name, unsigned size) {
  Gpu gpu;
  find(device, gpu);
  std::string text = gpu["name"];
  for (char& c : text) c = c == '_' ? ' ' : c;
  return copy(text, name, size);
}
int nvmlDeviceGetUUID(void* device, char* uuid, unsigned size) {
  Gpu gpu;
  find(device, gpu);
  return copy(gpu["uuid"], uuid, size);
}
int nvmlDeviceGetMinorNumber(void* device, unsigned* minor) {
  return tell(device, "minor", minor);
}
int nvmlDeviceGetPciInfo_v3(void* device, PciInfo* pci) {
  Gpu gpu;
  find(device, gpu);
  return copy(gpu["bus"], pci->bus_id, sizeof pci->bus_id);
}
int nvmlDeviceGetMemoryInfo(void* device, MemoryInfo* memory) {
  Gpu gpu;
  if (const int code = find(device, gpu); code != kSuccess) return code;
  memory->total = std::stoull(gpu["memory_mib"]) << 20;
  memory->used = gpu.contains("used_mib") ? std::stoull(gpu["used_mib"]) << 20 : 0;
  memory->free = memory->total - memory->used;
  return kSuccess;
}
int nvmlDeviceGetCudaComputeCapability(void* device, int* major, int* minor) {
  Gpu gpu;
  if (const int code = find(device, gpu); code != kSuccess) return code;
  if (!gpu.contains("compute")) return kNotSupported;
  return std::sscanf(gpu["compute"].c_str(), "%d.%d", major, minor) == 2 ? kSuccess : kNotSupported;
}
int nvmlDeviceGetPowerManagementLimit(void* device, unsigned* milliwatts) {
  return tell(device, "limit_mw", milliwatts);
}
int nvmlDeviceGetPowerUsage(void* device, unsigned* milliwatts) {
  return tell(device, "power_mw", milliwatts);
}
int nvmlDeviceGetTemperature(void* device, int, unsigned* celsius) {
  return tell(device, "temperature", celsius);
}
int nvmlDeviceGetUtilizationRates(void* device, Utilization* rates) {
  rates->memory = 0;
  return tell(device, "busy", &rates->gpu);
}

}  // extern "C"
