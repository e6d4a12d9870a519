#include "codec/describe.h"
#include "model/volume.h"

namespace drover::model {

using codec::kLabel;
using codec::kOmitEmpty;
using codec::StructBuilder;

void describe(StructBuilder& d, MountOptions& r) {
  auto& [fs_type, mount_flags] = r;
  d.name("MountOptions");
  d.field(1, fs_type, "FSType").hcl("fs_type");
  d.field(2, mount_flags, "MountFlags").hcl("mount_flags");
}

void describe(StructBuilder& d, VolumeRequest& r) {
  auto& [name, type, source, read_only, sticky, access_mode, attachment_mode, mount_options, per_alloc] = r;
  d.name("Volume");
  d.field(1, name, "Name").flags(kLabel);
  d.field(2, type, "Type").hcl("type");
  d.field(3, source, "Source").hcl("source");
  d.field(4, read_only, "ReadOnly").hcl("read_only");
  d.field(5, sticky, "Sticky").hcl("sticky").flags(kOmitEmpty);
  d.field(6, access_mode, "AccessMode").hcl("access_mode");
  d.field(7, attachment_mode, "AttachmentMode").hcl("attachment_mode");
  d.field(8, mount_options, "MountOptions").hcl("mount_options");
  d.field(9, per_alloc, "PerAlloc").hcl("per_alloc");
}

void describe(StructBuilder& d, VolumeMount& r) {
  auto& [volume, destination, read_only, propagation_mode, selinux_label] = r;
  d.name("VolumeMount");
  d.field(1, volume, "Volume").hcl("volume");
  d.field(2, destination, "Destination").hcl("destination");
  d.field(3, read_only, "ReadOnly").hcl("read_only");
  d.field(4, propagation_mode, "PropagationMode").hcl("propagation_mode");
  d.field(5, selinux_label, "SELinuxLabel").hcl("selinux_label").flags(kOmitEmpty);
}

void describe(StructBuilder& d, CsiPlugin& r) {
  auto& [id, type, mount_dir, stage_publish_base_dir, health_timeout] = r;
  d.name("CSIPlugin");
  d.field(1, id, "ID").hcl("id");
  d.field(2, type, "Type").hcl("type");
  d.field(3, mount_dir, "MountDir").hcl("mount_dir");
  d.field(4, stage_publish_base_dir, "StagePublishBaseDir").hcl("stage_publish_base_dir").flags(kOmitEmpty);
  d.field(5, health_timeout, "HealthTimeout").hcl("health_timeout").flags(kOmitEmpty);
}

}  // namespace drover::model
