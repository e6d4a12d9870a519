#include <set>

#include "base/duration.h"
#include "model/validate_parts.h"

// Volumes of groups, where tasks mount them, and tasks that are CSI plugins.
namespace drover::model {
namespace {

constexpr std::initializer_list<std::string_view> kAccessModes = {
    "single-node-reader-only", "single-node-writer",       "single-node-single-writer", "single-node-multi-writer",
    "multi-node-reader-only",  "multi-node-single-writer", "multi-node-multi-writer"};

// What a CSI volume needs, and a host volume may say.
void validate_modes(const VolumeRequest& volume, const Problems& problems) {
  const bool csi = volume.type == "csi";
  if (volume.access_mode.empty()) {
    if (csi) problems.at("AccessMode").error("a csi volume needs an access_mode, such as \"single-node-writer\"");
  } else if (!is_one_of(volume.access_mode, kAccessModes)) {
    problems.at("AccessMode")
        .error("unknown access_mode \"{}\", it must be one of {}", printable(volume.access_mode, 80),
               join({kAccessModes.begin(), kAccessModes.end()}, ", "));
  } else if (!csi && volume.access_mode.starts_with("multi-node-")) {
    problems.at("AccessMode").error("a host volume is on one node: {} is not possible", volume.access_mode);
  }
  if (volume.attachment_mode.empty()) {
    if (csi) problems.at("AttachmentMode").error("a csi volume needs an attachment_mode: file-system or block-device");
  } else if (!is_one_of(volume.attachment_mode, {"file-system", "block-device"})) {
    problems.at("AttachmentMode")
        .error("unknown attachment_mode \"{}\", it must be file-system or block-device",
               printable(volume.attachment_mode, 80));
  }
}

void validate_csi_volume(const VolumeRequest& volume, const TaskGroup& group, const Problems& problems) {
  const std::string& access = volume.access_mode;
  if (access.ends_with("reader-only") && !volume.read_only) {
    problems.at("AccessMode").error("access_mode {} needs read_only = true", access);
  }
  const bool one_writer = access.ends_with("single-writer") || access == "single-node-writer";
  if (one_writer && !volume.read_only && !volume.per_alloc && group.count > 1) {
    problems.at("AccessMode")
        .error("access_mode {} allows one writer, but the group's count is {}; set per_alloc, or another mode", access,
               group.count);
  }
  if (volume.attachment_mode == "block-device" && volume.mount_options) {
    problems.at("MountOptions").error("a block device is not mounted: remove the mount_options");
  }
  if (volume.sticky) problems.at("Sticky").error("only host volumes can be sticky");
}

void refuse_csi_keys(const VolumeRequest& volume, const Problems& problems) {
  const std::string_view type = volume.type;
  if (volume.mount_options) problems.at("MountOptions").error("mount_options are for csi volumes, not for {}", type);
  if (type == "host") return;
  if (!volume.source.empty()) problems.at("Source").error("an {} volume has no source", type);
  if (!volume.access_mode.empty()) problems.at("AccessMode").error("an {} volume has no access_mode", type);
  if (volume.sticky) problems.at("Sticky").error("only host volumes can be sticky");
  if (volume.per_alloc) problems.at("PerAlloc").error("every allocation has its own {} volume anyway", type);
}

void validate_volume(const VolumeRequest& volume, const TaskGroup& group, const Problems& problems) {
  if (volume.type.empty()) return problems.at("Type").error("the type is missing, it must be host, csi or alloc");
  if (!is_one_of(volume.type, {"host", "csi", "alloc"})) {
    return problems.at("Type").error("unknown type \"{}\", it must be host, csi or alloc", printable(volume.type, 80));
  }
  if (volume.type == "csi") {
    validate_csi_volume(volume, group, problems);
  } else {
    refuse_csi_keys(volume, problems);
  }
  if (volume.type == "alloc") return;
  if (volume.source.empty()) problems.at("Source").error("the source is missing: the name of a {} volume", volume.type);
  validate_modes(volume, problems);
  const bool canaries = group.update && group.update->canary.value_or(0) > 0;
  if (canaries && volume.per_alloc) problems.at("PerAlloc").error("per_alloc volumes and canaries exclude each other");
}

}  // namespace

bool is_absolute_path(std::string_view path) {
  if (path.starts_with("${") || path.find("%%") != std::string_view::npos) return true;
  if (!path.starts_with('/') || path.find('\0') != std::string_view::npos) return false;
  for (const std::string& part : split(path, '/')) {
    if (part == "..") return false;
  }
  return true;
}

void validate_volumes(const TaskGroup& group, const Problems& problems) {
  for (const auto& [key, volume] : group.volumes) {
    const Problems place = problems.key(printable(key, 80)).named("volume", key);
    if (key.empty()) place.error("a volume has an empty name");
    if (volume.name != key) {
      place.at("Name").error("the volume is called \"{}\" here and \"{}\" by its key", printable(volume.name, 80),
                             printable(key, 80));
    }
    validate_volume(volume, group, place);
  }
}

void validate_mounts(std::span<const VolumeMount> mounts, const TaskGroup& group, const Problems& problems) {
  std::set<std::string> destinations;
  for (size_t i = 0; i < mounts.size(); ++i) {
    const VolumeMount& mount = mounts[i];
    const Problems place = problems.element(i);
    if (mount.volume.empty()) {
      place.at("Volume").error("the name of the volume to mount is missing");
    } else if (!group.volumes.contains(mount.volume)) {
      place.at("Volume").error("there is no volume \"{}\" in this group", printable(mount.volume, 80));
    }
    if (mount.destination.empty()) {
      place.at("Destination").error("the destination is missing: where the task sees the volume");
    } else if (!is_absolute_path(mount.destination)) {
      place.at("Destination")
          .error("\"{}\" must be a path from the root without \"..\"", printable(mount.destination, 80));
    } else if (!destinations.insert(mount.destination).second) {
      place.at("Destination").error("two volumes are mounted at \"{}\"", printable(mount.destination, 80));
    }
    if (!is_one_of(mount.propagation_mode, {"private", "host-to-task", "bidirectional"})) {
      place.at("PropagationMode")
          .error("unknown propagation_mode \"{}\", it must be private, host-to-task or bidirectional",
                 printable(mount.propagation_mode, 80));
    }
    if (!is_one_of(mount.selinux_label, {"", "z", "Z"})) {
      place.at("SELinuxLabel").error("selinux_label must be z or Z, not \"{}\"", printable(mount.selinux_label, 80));
    }
  }
}

void validate_csi_plugin(const CsiPlugin& plugin, const Problems& problems) {
  if (plugin.id.empty()) problems.at("ID").error("the id of the plugin is missing");
  if (!is_one_of(plugin.type, {"controller", "node", "monolith"})) {
    problems.at("Type").error("the type must be controller, node or monolith, not \"{}\"", printable(plugin.type, 80));
  }
  if (!plugin.mount_dir.empty() && !is_absolute_path(plugin.mount_dir)) {
    problems.at("MountDir").error("\"{}\" must be a path from the root", printable(plugin.mount_dir, 80));
  }
  if (!plugin.stage_publish_base_dir.empty() && !is_absolute_path(plugin.stage_publish_base_dir)) {
    problems.at("StagePublishBaseDir")
        .error("\"{}\" must be a path from the root", printable(plugin.stage_publish_base_dir, 80));
  }
  if (plugin.health_timeout < Duration::zero()) {
    problems.at("HealthTimeout")
        .error("health_timeout must not be negative, but is {}", format_duration(plugin.health_timeout));
  }
}

}  // namespace drover::model
