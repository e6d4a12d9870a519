#pragma once

#include "client/hooks/task_hook.h"
#include "client/options.h"
#include "model/volume.h"
#include "net/loop.h"

#include <map>
#include <string>

namespace drover::client {

// Finds what a task mounts: directories of the host that the operator offers, and those of the allocation.
class VolumesHook final : public TaskHook {
 public:
  using HostVolumes = std::map<std::string, model::HostVolume>;

  VolumesHook(net::BlockingPool& pool, std::string alloc_root, HostVolumes offered)
      : pool_(pool), alloc_root_(std::move(alloc_root)), offered_(std::move(offered)) {}

  std::string_view name() const override { return "volumes"; }
  bool wanted(const model::Task& task) const override { return !task.volume_mounts.empty(); }
  bool repeats() const override { return true; }
  net::Task<Status> prestart(std::shared_ptr<TaskHookContext> context) override;

 private:
  Result<drivers::TaskMount> find(const TaskHookContext& context, const model::VolumeMount& mount) const;
  Result<drivers::TaskMount> find_host(const TaskHookContext& context, const model::VolumeRequest& volume,
                                       const model::VolumeMount& mount) const;

  net::BlockingPool& pool_;
  const std::string alloc_root_;
  const HostVolumes offered_;
};

}  // namespace drover::client
