#pragma once

#include "base/diagnostics.h"
#include "codec/value.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What may stand in a task's `config`, by driver: pure and without the drivers themselves, so that the server checks
// jobs with it at submission (target drover_driver_schemas).
namespace drover::drivers {

enum class ConfigStage : uint8_t {
  Submitted,     // Where "${…}" stands, any value is taken.
  Interpolated,  // As the driver gets it.
};

// Adds all problems of `config`, each with its field path below `path`. A driver that is not known is one problem, at
// `driver_path`.
struct ConfigPaths {
  std::string driver = "Driver";
  std::string config = "Config";
};
void validate_config(std::string_view driver, const codec::Value& config, ConfigStage stage, Diagnostics& problems,
                     const ConfigPaths& paths = {});

// Why there is no such driver and what to use instead; nothing if it is known.
std::optional<std::string> unknown_driver(std::string_view name);

// Sorted.
std::vector<std::string> known_drivers();

// Whether tasks of the driver can be given directories of the host: only those with a file system of their own.
bool mounts_volumes(std::string_view driver);

// Whether it gives those directories an SELinux label.
bool labels_volumes(std::string_view driver);

// Label → port inside the task's network, from `port_map`: for NOMAD_PORT_<label>. Empty for drivers without it.
std::map<std::string, int32_t> port_map_of(std::string_view driver, const codec::Value& config);

}  // namespace drover::drivers
