#pragma once

#include "client/devices/device_monitor.h"
#include "client/hooks/task_hook.h"
#include "drivers/driver.h"

#include <memory>

namespace drover::client {

// Gives a task the devices that the servers granted it, and keeps tasks in images from those that they did not ask for.
class DevicesHook final : public TaskHook {
 public:
  explicit DevicesHook(std::shared_ptr<DeviceMonitor> monitor) : monitor_(std::move(monitor)) {}

  std::string_view name() const override { return "devices"; }
  bool wanted(const model::Task& task) const override {
    return !task.resources.devices.empty() || !monitor_->denial().empty();
  }
  bool repeats() const override { return true; }
  net::Task<Status> prestart(std::shared_ptr<TaskHookContext> context) override;

 private:
  const std::shared_ptr<DeviceMonitor> monitor_;
};

}  // namespace drover::client
