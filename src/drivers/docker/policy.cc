#include "drivers/docker/policy.h"

#include "base/strings.h"
#include "drivers/schemas/capabilities.h"
#include "drivers/schemas/permissions.h"
#include "sys/directory.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace drover::drivers {
namespace {

namespace fs = std::filesystem;

bool is_path(std::string_view source) {
  return source.starts_with('/') || source.starts_with('.');
}

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
    return capability_name(allowed) == kAllCapabilities || capability_name(allowed) == capability_name(name);
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

Attributes published_policy(const DockerOptions& options) {
  Attributes attributes;
  publish(attributes, "docker", kAllowPrivileged, options.allow_privileged);
  publish(attributes, "docker", kVolumesEnabled, options.volumes_enabled);
  publish(attributes, "docker", kAllowDevices, options.allow_devices);
  publish(attributes, "docker", kAllowRuntimes, options.allow_runtimes);
  publish(attributes, "docker", kAllowHostModes, options.allow_host_modes);
  publish_capabilities(attributes, "docker", options.allow_caps);
  return attributes;
}

void check_policy(const DockerConfig& config, const DockerOptions& options, const std::string& path,
                  Diagnostics& problems) {
  check_permissions(needed_permissions(config), published_policy(options), path, problems);
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
