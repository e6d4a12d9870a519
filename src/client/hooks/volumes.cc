#include "client/hooks/volumes.h"

#include "base/strings.h"
#include "client/allocs/alloc_dir.h"

#include <filesystem>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace drover::client {

Result<drivers::TaskMount> VolumesHook::find_host(const TaskHookContext& context, const model::VolumeRequest& volume,
                                                  const model::VolumeMount& mount) const {
  const std::string name =
      volume.per_alloc ? fmt::format("{}[{}]", volume.source, context.alloc->index()) : volume.source;
  const auto offered = offered_.find(name);
  if (offered == offered_.end()) {
    return err(ErrorCode::InvalidArgument, "this node has no host volume \"{}\"", printable(name, 80));
  }
  if (offered->second.read_only && !volume.read_only) {
    return err(ErrorCode::PermissionDenied, "host volume \"{}\" is read-only on this node, but the group asks to write",
               name);
  }
  std::error_code error;
  const auto path = std::filesystem::canonical(offered->second.path, error);
  if (error) {
    return err(ErrorCode::Unavailable, "host volume \"{}\", {}: {}", name, offered->second.path, error.message());
  }
  return drivers::TaskMount{.source = path.string(), .read_only = volume.read_only || mount.read_only};
}

Result<drivers::TaskMount> VolumesHook::find(const TaskHookContext& context, const model::VolumeMount& mount) const {
  const model::TaskGroup* group = context.job->find_group(context.alloc->task_group);
  const auto found = group->volumes.find(mount.volume);
  if (found == group->volumes.end()) {
    return err(ErrorCode::InvalidArgument, "the group has no volume \"{}\"", printable(mount.volume, 80));
  }
  const model::VolumeRequest& volume = found->second;
  drivers::TaskMount out;
  if (volume.type == "host") {
    TRY_LET(out, find_host(context, volume, mount));
  } else if (volume.type == "alloc") {
    const AllocDir dir(alloc_root_, context.alloc->id);
    out = {.source = dir.volume(mount.volume), .read_only = volume.read_only || mount.read_only};
  } else {
    return err(ErrorCode::InvalidArgument, "volume \"{}\" is of type {}, which this node does not have", mount.volume,
               printable(volume.type, 80));
  }
  out.destination = context.interpolate(mount.destination);
  out.propagation = mount.propagation_mode;
  out.selinux_label = mount.selinux_label;
  const auto path = std::filesystem::path(out.destination).lexically_normal();
  if (!out.destination.starts_with('/') || path != std::filesystem::path(out.destination) || path == "/") {
    return err(ErrorCode::InvalidArgument, "volume \"{}\": the destination \"{}\" is not a plain path from the root",
               mount.volume, printable(out.destination));
  }
  return out;
}

net::Task<Status> VolumesHook::prestart(std::shared_ptr<TaskHookContext> context) {
  const auto work = [this, context]() -> Result<std::vector<drivers::TaskMount>> {
    std::vector<drivers::TaskMount> out;
    for (const auto& mount : context->task.volume_mounts) {
      TRY_LET(auto found, find(*context, mount));
      out.push_back(std::move(found));
    }
    return out;
  };
  CO_TRY_LET(auto mounts, co_await net::run_blocking(pool_, work));
  context->mounts->insert(context->mounts->end(), mounts.begin(), mounts.end());
  co_return Ok{};
}

}  // namespace drover::client
