#pragma once

#include "drivers/permission.h"
#include "drivers/schemas/docker_config.h"

#include <string>
#include <string_view>
#include <vector>

namespace drover::drivers {

// An option of a driver's plugin block. A node tells what it is set to in "driver.<driver>.<attribute>".
struct PolicyOption {
  std::string_view name;
  std::string_view attribute;
};
inline constexpr PolicyOption kAllowPrivileged = {"allow_privileged", "privileged.enabled"};
inline constexpr PolicyOption kVolumesEnabled = {"volumes.enabled", "volumes.enabled"};
inline constexpr PolicyOption kAllowDevices = {"allow_devices", "devices.enabled"};
inline constexpr PolicyOption kAllowCaps = {"allow_caps", "allow_caps"};
inline constexpr PolicyOption kAllowRuntimes = {"allow_runtimes", "allow_runtimes"};
inline constexpr PolicyOption kAllowHostModes = {"allow_host_modes", "allow_host_modes"};

// A switch that is off and a list without entries have no attribute.
void publish(Attributes& attributes, std::string_view driver, const PolicyOption& option, bool enabled);
void publish(Attributes& attributes, std::string_view driver, const PolicyOption& option,
             const std::vector<std::string>& allowed);
void publish_capabilities(Attributes& attributes, std::string_view driver, const std::vector<std::string>& allowed);

std::vector<Permission> needed_permissions(const DockerConfig& config);

// Adds a problem for each of `needed` that a node with such attributes does not grant.
void check_permissions(const std::vector<Permission>& needed, const Attributes& attributes, const std::string& path,
                       Diagnostics& problems);

}  // namespace drover::drivers
