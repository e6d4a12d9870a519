#include "drivers/schemas/docker_config.h"

#include "base/strings.h"
#include "drivers/schemas/capabilities.h"

#include <algorithm>

#include <fmt/core.h>

namespace drover::drivers {
namespace {

class Checker {
 public:
  Checker(const DockerConfig& config, const std::string& path, Diagnostics& problems)
      : config_(config), path_(path), problems_(problems) {}

  void run(ConfigStage stage) {
    if (config_.image.empty()) problem("image", "is required: the name of a docker image, for example \"redis:7\"");
    if (std::ranges::any_of(config_.image, [](unsigned char c) { return c <= ' '; })) {
      problem("image", fmt::format("must not have white space, got \"{}\"", printable(config_.image)));
    }
    ports();
    limits();
    for (const auto& mount : config_.mounts) check_mount("mounts", mount);
    for (const auto& mount : config_.mount) check_mount("mount", mount);
    for (const auto& device : config_.devices) {
      if (device.host_path.empty()) problem("devices", "host_path is required");
      if (device.cgroup_permissions.find_first_not_of("rwm") != std::string::npos) {
        problem("devices",
                fmt::format("cgroup_permissions are of \"rwm\", got \"{}\"", printable(device.cgroup_permissions)));
      }
    }
    if (!config_.logging.type.empty() && !config_.logging.driver.empty() &&
        config_.logging.type != config_.logging.driver) {
      problem("logging", "type and driver are the same thing, but have different values");
    }
    check_capabilities(config_.cap_add, path_ + ".cap_add", problems_);
    check_capabilities(config_.cap_drop, path_ + ".cap_drop", problems_);
    if (stage == ConfigStage::Interpolated) volumes();
  }

 private:
  void ports() {
    if (!config_.port_map.empty() && !config_.ports.empty()) {
      problem("ports", "cannot be used together with port_map");
    }
    for (const auto& [label, port] : config_.port_map) {
      // 0 stands for a reference that is not resolved yet.
      if (port < 0 || port > 65535) {
        problem("port_map." + label, fmt::format("must be a port from 1 to 65535, got {}", port));
      }
    }
  }

  void limits() {
    not_negative("shm_size", config_.shm_size);
    not_negative("memory_hard_limit", config_.memory_hard_limit);
    not_negative("pids_limit", config_.pids_limit);
    not_negative("container_exists_attempts", config_.container_exists_attempts);
    if (config_.cpu_cfs_period != 0 && (config_.cpu_cfs_period < 1000 || config_.cpu_cfs_period > 1'000'000)) {
      problem("cpu_cfs_period",
              fmt::format("must be from 1000 to 1000000 microseconds, got {}", config_.cpu_cfs_period));
    }
    if (config_.oom_score_adj < -1000 || config_.oom_score_adj > 1000) {
      problem("oom_score_adj", fmt::format("must be from -1000 to 1000, got {}", config_.oom_score_adj));
    }
    if (config_.image_pull_timeout <= Duration(0)) problem("image_pull_timeout", "must be positive");
    for (const auto& [name, value] : config_.ulimit) {
      const auto parts = split(value, ':');
      const bool whole = std::ranges::all_of(
          parts, [](const auto& part) { return part.find("${") != std::string::npos || parse_int(part).has_value(); });
      if (parts.size() > 2 || !whole) {
        problem("ulimit." + name, fmt::format("must be \"soft\" or \"soft:hard\", got \"{}\"", printable(value)));
      }
    }
  }

  void check_mount(const char* key, const DockerMount& mount) {
    const auto& type = mount.type;
    if (type != "volume" && type != "bind" && type != "tmpfs") {
      problem(key, fmt::format("type must be volume, bind or tmpfs, got \"{}\"", printable(type)));
    }
    if (mount.target.empty()) problem(key, "target is required");
    if (type == "bind" && mount.source.empty()) problem(key, "source is required for type bind");
    if (type == "tmpfs" && !mount.source.empty()) problem(key, "source cannot be given for type tmpfs");
    if (mount.volume_options && type != "volume") problem(key, "volume_options are for type volume only");
    if (mount.bind_options && type != "bind") problem(key, "bind_options are for type bind only");
    if (mount.tmpfs_options && type != "tmpfs") problem(key, "tmpfs_options are for type tmpfs only");
  }

  void volumes() {
    for (const auto& volume : config_.volumes) {
      const auto parts = split(volume, ':');
      if (parts.size() < 2 || parts.size() > 3 || parts[0].empty() || !parts[1].starts_with('/')) {
        problem("volumes", fmt::format("must be \"source:/target[:mode]\", got \"{}\"", printable(volume)));
      }
    }
  }

  void not_negative(const char* key, int64_t value) {
    if (value < 0) problem(key, fmt::format("must not be negative, got {}", value));
  }

  void problem(const std::string& key, std::string message) { problems_.error(path_ + "." + key, std::move(message)); }

  const DockerConfig& config_;
  const std::string& path_;
  Diagnostics& problems_;
};

}  // namespace

void check(const DockerConfig& config, ConfigStage stage, const std::string& path, Diagnostics& problems) {
  Checker(config, path, problems).run(stage);
}

}  // namespace drover::drivers
