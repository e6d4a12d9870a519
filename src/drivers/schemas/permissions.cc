#include "drivers/schemas/permissions.h"

#include "base/strings.h"
#include "codec/describe.h"
#include "drivers/schemas/capabilities.h"
#include "drivers/schemas/config_codec.h"
#include "drivers/schemas/process_config.h"

#include <algorithm>

#include <fmt/core.h>

namespace drover::drivers {
namespace {

using Names = std::vector<std::string>;

constexpr const char* kEnabled = "true";

std::string attribute_of(std::string_view driver, const PolicyOption& option) {
  return fmt::format("driver.{}.{}", driver, option.attribute);
}

// Collects what one config needs.
class Needs {
 public:
  Needs(std::string_view driver, std::string_view plugin) : driver_(driver), plugin_(plugin) {}

  void add(const PolicyOption& option, const char* key, std::string_view value = "", Names any_of = {kEnabled}) {
    needed_.push_back({.driver = std::string(driver_),
                       .key = key,
                       .value = std::string(value),
                       .option = fmt::format("{} plugin option {}", plugin_, option.name),
                       .attribute = attribute_of(driver_, option),
                       .any_of = std::move(any_of)});
  }
  void add_capability(std::string name) {
    Names any_of = {name, std::string(kAllCapabilities)};
    add(kAllowCaps, "cap_add", name, std::move(any_of));
  }
  void add_host_mode(const char* key, const std::string& value, const char* mode) {
    add(kAllowHostModes, key, value, {mode});
  }
  std::vector<Permission> take() { return std::move(needed_); }

 private:
  std::string_view driver_;
  std::string_view plugin_;
  std::vector<Permission> needed_;
};

class DockerNeeds {
 public:
  explicit DockerNeeds(const DockerConfig& config) : config_(config) {}

  std::vector<Permission> run() {
    if (config_.privileged) needs_.add(kAllowPrivileged, "privileged");
    if (!config_.devices.empty()) needs_.add(kAllowDevices, "devices");
    for (const auto& name : config_.cap_add) needs_.add_capability(capability_name(name));
    host_mode("network_mode", config_.network_mode, "network");
    host_mode("pid_mode", config_.pid_mode, "pid");
    host_mode("ipc_mode", config_.ipc_mode, "ipc");
    host_mode("uts_mode", config_.uts_mode, "uts");
    host_mode("userns_mode", config_.userns_mode, "userns");
    host_mode("cgroupns", config_.cgroupns, "cgroupns");
    security();
    if (config_.oom_score_adj < 0) needs_.add(kAllowPrivileged, "oom_score_adj", "below 0");
    if (!config_.runtime.empty()) needs_.add(kAllowRuntimes, "runtime", config_.runtime, {config_.runtime});
    volumes();
    return needs_.take();
  }

 private:
  // "host", and sharing with a container that may not be the job's.
  void host_mode(const char* key, const std::string& value, const char* mode) {
    if (value == "host" || value.starts_with("container:")) needs_.add_host_mode(key, value, mode);
  }

  // Options that switch the confinement off are as good as privileged.
  void security() {
    for (const auto& option : config_.security_opt) {
      const std::string text = to_lower(option);
      if (text.find("unconfined") != std::string::npos || text.find("disable") != std::string::npos ||
          text.starts_with("seccomp")) {
        needs_.add(kAllowPrivileged, "security_opt", option);
      }
    }
  }

  // Those that are not part of the allocation. Where a relative path leads shows only on the node.
  void volumes() {
    if (!config_.volume_driver.empty()) needs_.add(kVolumesEnabled, "volume_driver", config_.volume_driver);
    for (const auto& volume : config_.volumes) {
      if (volume.starts_with('/')) needs_.add(kVolumesEnabled, "volumes", volume);
    }
    for (const auto* mounts : {&config_.mounts, &config_.mount}) {
      for (const auto& mount : *mounts) {
        const bool outside = mount.type == "volume" || (mount.type == "bind" && mount.source.starts_with('/'));
        if (outside) needs_.add(kVolumesEnabled, mounts == &config_.mount ? "mount" : "mounts", mount.target);
      }
    }
  }

  const DockerConfig& config_;
  Needs needs_{"docker", "docker"};
};

// exec and java have the same options. "all" are those that the node allows.
template <class Config>
std::vector<Permission> container_needs(std::string_view driver, const codec::Value& value, ConfigStage stage) {
  Diagnostics reported_elsewhere;
  const auto config = read_config<Config>(value, stage, reported_elsewhere);
  Needs needs(driver, "exec");
  for (const auto& given : config.cap_add) {
    const std::string name = capability_name(given);
    if (name != kAllCapabilities) needs.add_capability(name);
  }
  if (config.pid_mode == "host") needs.add_host_mode("pid_mode", config.pid_mode, "pid");
  if (config.ipc_mode == "host") needs.add_host_mode("ipc_mode", config.ipc_mode, "ipc");
  return needs.take();
}

std::vector<Permission> needs_of(std::string_view driver, const codec::Value& config, ConfigStage stage) {
  if (driver == "exec") return container_needs<ExecConfig>(driver, config, stage);
  if (driver == "java") return container_needs<JavaConfig>(driver, config, stage);
  if (driver != "docker") return {};
  Diagnostics reported_elsewhere;
  return needed_permissions(read_config<DockerConfig>(config, stage, reported_elsewhere));
}

}  // namespace

bool Permission::granted_by(const Attributes& attributes) const {
  const auto found = attributes.find(attribute);
  if (found == attributes.end()) return false;
  return std::ranges::any_of(split(found->second, ','),
                             [&](const auto& allowed) { return std::ranges::find(any_of, allowed) != any_of.end(); });
}

std::string Permission::asked() const {
  return value.empty() ? key : fmt::format("{} {}", key, printable(value, 80));
}

std::string Permission::remedy() const {
  if (any_of.front() == kEnabled) return option;
  return fmt::format("{}, which needs {}", option, printable(any_of.front(), 80));
}

std::vector<Permission> needed_permissions(std::string_view driver, const codec::Value& config, ConfigStage stage) {
  auto needed = needs_of(driver, config, stage);
  if (stage == ConfigStage::Submitted) {
    std::erase_if(needed, [](const Permission& each) { return each.any_of.front().find("${") != std::string::npos; });
  }
  return needed;
}

std::vector<Permission> needed_permissions(const DockerConfig& config) {
  return DockerNeeds(config).run();
}

void publish(Attributes& attributes, std::string_view driver, const PolicyOption& option, bool enabled) {
  if (enabled) attributes[attribute_of(driver, option)] = kEnabled;
}

void publish(Attributes& attributes, std::string_view driver, const PolicyOption& option, const Names& allowed) {
  if (!allowed.empty()) attributes[attribute_of(driver, option)] = join(allowed, ",");
}

void publish_capabilities(Attributes& attributes, std::string_view driver, const Names& allowed) {
  Names names;
  for (const auto& name : allowed) names.push_back(capability_name(name));
  publish(attributes, driver, kAllowCaps, names);
}

void check_permissions(const std::vector<Permission>& needed, const Attributes& attributes, const std::string& path,
                       Diagnostics& problems) {
  for (const Permission& each : needed) {
    if (each.granted_by(attributes)) continue;
    const std::string asked = each.value.empty() ? "" : fmt::format("\"{}\" ", printable(each.value));
    problems.error(path + "." + each.key, fmt::format("{}is not allowed on this node ({})", asked, each.remedy()));
  }
}

}  // namespace drover::drivers
