#include "drivers/docker/policy.h"

#include "base/strings.h"
#include "sys/directory.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace drover::drivers {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVolumesDisabled =
    "needs volumes that are not part of the allocation, which this node does not allow (docker plugin option "
    "volumes.enabled)";

std::string capability_name(std::string_view name) {
  std::string upper = to_upper(name);
  return upper.starts_with("CAP_") ? upper.substr(4) : upper;
}

bool contains(const std::vector<std::string>& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

bool is_path(std::string_view source) {
  return source.starts_with('/') || source.starts_with('.');
}

class PolicyCheck {
 public:
  PolicyCheck(const DockerConfig& config, const DockerOptions& options, const std::string& path, Diagnostics& problems)
      : config_(config), options_(options), path_(path), problems_(problems) {}

  void run() {
    if (config_.privileged && !options_.allow_privileged) refuse("privileged", "allow_privileged");
    if (!config_.devices.empty() && !options_.allow_devices) refuse("devices", "allow_devices");
    capabilities();
    host_mode("network_mode", config_.network_mode, "network");
    host_mode("pid_mode", config_.pid_mode, "pid");
    host_mode("ipc_mode", config_.ipc_mode, "ipc");
    host_mode("uts_mode", config_.uts_mode, "uts");
    host_mode("userns_mode", config_.userns_mode, "userns");
    host_mode("cgroupns", config_.cgroupns, "cgroupns");
    security();
    if (config_.oom_score_adj < 0 && !options_.allow_privileged) refuse("oom_score_adj", "allow_privileged, below 0");
    if (!config_.runtime.empty() && !contains(options_.allow_runtimes, config_.runtime)) {
      problem("runtime", fmt::format("\"{}\" is not among the runtimes that this node allows ({})",
                                     printable(config_.runtime), join(options_.allow_runtimes, ", ")));
    }
    if (!options_.volumes_enabled) volumes();
  }

 private:
  void capabilities() {
    for (const auto& name : config_.cap_add) {
      if (allows_capability(options_, name)) continue;
      problem("cap_add", fmt::format("capability {} is not among those that this node allows (docker plugin option "
                                     "allow_caps)",
                                     printable(name)));
    }
  }

  // "host", and sharing with a container that may not be the job's.
  void host_mode(const char* key, const std::string& value, const char* mode) {
    if ((value == "host" || value.starts_with("container:")) && !contains(options_.allow_host_modes, mode)) {
      problem(key, fmt::format("\"{}\" is not allowed on this node (docker plugin option allow_host_modes, which would "
                               "have to have \"{}\")",
                               printable(value), mode));
    }
  }

  // Options that switch the confinement off are as good as privileged.
  void security() {
    if (options_.allow_privileged) return;
    for (const auto& option : config_.security_opt) {
      const std::string text = to_lower(option);
      if (text.find("unconfined") != std::string::npos || text.find("disable") != std::string::npos ||
          text.starts_with("seccomp")) {
        problem("security_opt", fmt::format("\"{}\" is not allowed on this node (docker plugin option "
                                            "allow_privileged)",
                                            printable(option)));
      }
    }
  }

  void volumes() {
    if (!config_.volume_driver.empty()) problem("volume_driver", kVolumesDisabled);
    for (const auto& volume : config_.volumes) {
      if (volume.starts_with('/')) problem("volumes", fmt::format("\"{}\" {}", printable(volume), kVolumesDisabled));
    }
    for (const auto* mounts : {&config_.mounts, &config_.mount}) {
      for (const auto& mount : *mounts) {
        const bool outside = mount.type == "volume" || (mount.type == "bind" && mount.source.starts_with('/'));
        if (outside) {
          problem(mounts == &config_.mount ? "mount" : "mounts",
                  fmt::format("the {} at {} {}", printable(mount.type), printable(mount.target), kVolumesDisabled));
        }
      }
    }
  }

  void refuse(const char* key, const char* option) {
    problem(key, fmt::format("is not allowed on this node (docker plugin option {})", option));
  }

  void problem(const char* key, std::string message) { problems_.error(path_ + "." + key, std::move(message)); }

  const DockerConfig& config_;
  const DockerOptions& options_;
  const std::string& path_;
  Diagnostics& problems_;
};

bool is_beneath(const fs::path& path, const fs::path& root) {
  return std::mismatch(root.begin(), root.end(), path.begin(), path.end()).first == root.end();
}

// A task of the same allocation may have put a symbolic link in the place of one of these.
Result<std::vector<std::string>> own_directories(const TaskDirs& dirs, BindStage* stage) {
  const std::string parent = fs::path(dirs.task).parent_path();
  TRY_LET(const auto root, sys::Directory::open(parent, "allocation directory"));
  std::vector<std::string> out = {dirs.alloc, dirs.local, dirs.secrets};
  for (std::string& directory : out) {
    if (!directory.starts_with(parent)) continue;
    const std::string path = directory.substr(parent.size());
    TRY(root.open_directory(path, sys::Symlinks::Refuse));
    if (!stage) continue;
    TRY_LET(directory, stage->add(path));
  }
  return out;
}

}  // namespace

bool allows_capability(const DockerOptions& options, std::string_view name) {
  return std::ranges::any_of(options.allow_caps, [&](const auto& allowed) {
    return capability_name(allowed) == "ALL" || capability_name(allowed) == capability_name(name);
  });
}

std::vector<std::string> default_capabilities() {
  auto names = engine_capabilities();
  std::erase(names, "NET_RAW");
  return names;
}

std::vector<std::string> engine_capabilities() {
  return {"AUDIT_WRITE",      "CHOWN",   "DAC_OVERRIDE", "FOWNER", "FSETID",  "KILL",   "MKNOD",
          "NET_BIND_SERVICE", "NET_RAW", "SETFCAP",      "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"};
}

void check_policy(const DockerConfig& config, const DockerOptions& options, const std::string& path,
                  Diagnostics& problems) {
  PolicyCheck(config, options, path, problems).run();
}

Result<std::string> resolve_source(const std::string& source, const TaskDirs& dirs, const DockerOptions& options,
                                   BindStage* stage) {
  if (source.starts_with('/') && options.volumes_enabled) return source;
  std::error_code error;
  const fs::path root = fs::weakly_canonical(fs::path(dirs.task).parent_path(), error);
  const fs::path path = error ? fs::path() : fs::weakly_canonical(fs::path(dirs.task) / source, error);
  if (error) return err(ErrorCode::InvalidArgument, "volume source \"{}\": {}", printable(source), error.message());
  if (stage && is_beneath(path, root)) return stage->add(path.lexically_relative(root).string());
  if (is_beneath(path, root) || options.volumes_enabled) return path.string();
  return err(ErrorCode::PermissionDenied,
             "volume source \"{}\" is outside of the allocation, which this node does not "
             "allow (docker plugin option volumes.enabled)",
             printable(source));
}

Result<std::vector<std::string>> make_binds(const DockerConfig& config, const TaskDirs& dirs,
                                            const DockerOptions& options, BindStage* stage) {
  TRY_LET(const auto own, own_directories(dirs, stage));
  std::vector<std::string> binds = {own[0] + ":/alloc", own[1] + ":/local", own[2] + ":/secrets"};
  if (!options.volumes_selinux_label.empty()) {
    for (auto& bind : binds) bind += ":" + options.volumes_selinux_label;
  }
  for (const auto& volume : config.volumes) {
    const auto parts = split(volume, ':');
    std::string source = parts[0];
    const bool named = !config.volume_driver.empty() && !is_path(source);
    if (!named) {
      TRY_LET(source, resolve_source(source, dirs, options, stage));
    }
    std::string bind = source + ":" + parts[1];
    std::string mode = parts.size() > 2 ? parts[2] : std::string();
    if (!options.volumes_selinux_label.empty()) mode += (mode.empty() ? "" : ",") + options.volumes_selinux_label;
    binds.push_back(mode.empty() ? bind : bind + ":" + mode);
  }
  return binds;
}

}  // namespace drover::drivers
