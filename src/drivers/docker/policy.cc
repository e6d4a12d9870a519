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
    TRY_LET(directory, stage->add(path, sys::Access::ReadWrite));
  }
  return out;
}

// What every task of the node may name.
Result<std::string> resolve_trusted(const BindRequest& bind, const TaskDirs& dirs, BindStage* stage) {
  std::error_code error;
  fs::path path = bind.source;
  if (!path.is_absolute()) path = fs::weakly_canonical(fs::path(dirs.task) / path, error);
  if (error)
    return err(ErrorCode::InvalidArgument, "volume source \"{}\": {}", printable(bind.source), error.message());
  // What is not there the daemon makes.
  const bool stays = bind.access == sys::Access::ReadWrite || bind.shares_mounts || !fs::exists(path, error);
  return stage && !stays ? stage->add_trusted(path, bind.access) : path.string();
}

// `mode` as in "source:target:ro,z". Labels are written through the mount that the daemon gets.
BindRequest request_of(const std::string& source, const std::string& mode, const DockerOptions& options) {
  const auto words = split(mode, ',');
  const auto has = [&](std::string_view word) { return std::ranges::find(words, word) != words.end(); };
  const bool labelled = !options.volumes_selinux_label.empty() || has("z") || has("Z");
  return {.source = source,
          .access = has("ro") && !labelled ? sys::Access::ReadOnly : sys::Access::ReadWrite,
          .shares_mounts = std::ranges::any_of(words, shares_mounts)};
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

bool shares_mounts(std::string_view propagation) {
  return propagation.find("shared") != std::string_view::npos || propagation.find("slave") != std::string_view::npos;
}

Result<std::string> resolve_source(const BindRequest& bind, const TaskDirs& dirs, const DockerOptions& options,
                                   BindStage* stage) {
  if (options.volumes_enabled) return resolve_trusted(bind, dirs, stage);
  std::error_code error;
  const fs::path root = fs::weakly_canonical(fs::path(dirs.task).parent_path(), error);
  const fs::path path = error ? fs::path() : fs::weakly_canonical(fs::path(dirs.task) / bind.source, error);
  if (error)
    return err(ErrorCode::InvalidArgument, "volume source \"{}\": {}", printable(bind.source), error.message());
  if (!is_beneath(path, root)) {
    return err(ErrorCode::PermissionDenied,
               "volume source \"{}\" is outside of the allocation, which this node does not "
               "allow (docker plugin option volumes.enabled)",
               printable(bind.source));
  }
  return stage ? stage->add(path.lexically_relative(root).string(), bind.access) : path.string();
}

Result<std::vector<std::string>> make_binds(const DockerConfig& config, const TaskDirs& dirs,
                                            const DockerOptions& options, BindStage* stage) {
  TRY_LET(const auto own, own_directories(dirs, options.volumes_enabled ? nullptr : stage));
  std::vector<std::string> binds = {own[0] + ":/alloc", own[1] + ":/local", own[2] + ":/secrets"};
  if (!options.volumes_selinux_label.empty()) {
    for (auto& bind : binds) bind += ":" + options.volumes_selinux_label;
  }
  for (const auto& volume : config.volumes) {
    const auto parts = split(volume, ':');
    std::string source = parts[0];
    std::string mode = parts.size() > 2 ? parts[2] : std::string();
    const bool named = !config.volume_driver.empty() && !is_path(source);
    if (!named) {
      TRY_LET(source, resolve_source(request_of(source, mode, options), dirs, options, stage));
    }
    std::string bind = source + ":" + parts[1];
    if (!options.volumes_selinux_label.empty()) mode += (mode.empty() ? "" : ",") + options.volumes_selinux_label;
    binds.push_back(mode.empty() ? bind : bind + ":" + mode);
  }
  return binds;
}

}  // namespace drover::drivers
