#pragma once

#include "assets/asset_store.h"
#include "base/clock.h"
#include "client/hooks/task_hook.h"
#include "net/loop.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace drover::client {

// Brings the assets of a task to its node, before each start, and shows them to the task: read-only mounts, or for
// tasks that see the host's files links in the task's directory. What may be written is a layer of the task's own.
// DROVER_ASSET_0, … say where they are.
class AssetsHook final : public TaskHook {
 public:
  using Drivers = std::map<std::string, std::shared_ptr<drivers::Driver>, std::less<>>;
  AssetsHook(net::BlockingPool& pool, const Clock& clock, std::shared_ptr<assets::AssetStore> store, Drivers drivers);

  std::string_view name() const override { return "assets"; }
  bool wanted(const model::Task& task) const override { return !task.assets.empty(); }
  bool repeats() const override { return true; }
  const char* failure_event() const override { return "Failed Asset Download"; }
  net::Task<Status> prestart(std::shared_ptr<TaskHookContext> context) override;
  void stopped(const model::AllocId& alloc, const std::string& task) override;

 private:
  net::Task<Result<std::string>> bring(std::shared_ptr<TaskHookContext> context, model::Asset asset);
  net::Task<Status> place(std::shared_ptr<TaskHookContext> context, model::Asset asset, std::string tree, size_t index);

  drivers::Capabilities capabilities_of(const model::Task& task) const;

  net::BlockingPool& pool_;
  const Clock& clock_;
  const std::shared_ptr<assets::AssetStore> store_;
  const Drivers drivers_;
};

// The asset with its texts interpolated.
model::Asset interpolate(const TaskHookContext& context, const model::Asset& asset);

// "downloading HF org/model: 1.2 GB of 4.0 GB (30 %) at 100.0 MB/s, 28 s left"
std::string describe_download(const model::Asset& asset, const assets::Progress& progress);

}  // namespace drover::client
