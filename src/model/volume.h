#pragma once

#include "base/clock.h"
#include "codec/fwd.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace drover::model {

// How a CSI volume's file system is mounted.
struct MountOptions {
  std::string fs_type;
  std::vector<std::string> mount_flags;
};
void describe(codec::StructBuilder& d, MountOptions& r);

// Storage that the tasks of a group may mount (facts 1.2). Type "host" is a directory that the client's operator named,
// "csi" belongs to a storage plugin, and "alloc" is an empty directory that lives as long as the allocation (the
// volumes of a Nosana definition).
struct VolumeRequest {
  std::string name;  // its key in the group's map
  std::string type;
  std::string source;
  bool read_only = false;
  bool sticky = false;  // a replacement gets the same one
  std::string access_mode;
  std::string attachment_mode;
  std::optional<MountOptions> mount_options;
  bool per_alloc = false;  // the source's name ends in the allocation's index
};
void describe(codec::StructBuilder& d, VolumeRequest& r);

// Where a task sees one of its group's volumes.
struct VolumeMount {
  std::string volume;
  std::string destination;
  bool read_only = false;
  std::string propagation_mode = "private";  // "private", "host-to-task" or "bidirectional"
  std::string selinux_label;
};
void describe(codec::StructBuilder& d, VolumeMount& r);

// Makes a task a CSI plugin.
struct CsiPlugin {
  std::string id;
  std::string type;  // "controller", "node" or "monolith"
  std::string mount_dir;
  std::string stage_publish_base_dir;
  Duration health_timeout{0};
};
void describe(codec::StructBuilder& d, CsiPlugin& r);

}  // namespace drover::model
