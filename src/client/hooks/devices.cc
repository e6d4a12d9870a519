#include "client/hooks/devices.h"

#include <utility>
#include <vector>

namespace drover::client {

namespace {

void set_env(TaskHookContext& context, const std::map<std::string, std::string>& variables) {
  for (const auto& [key, value] : variables) (*context.env)[key] = (*context.own_env)[key] = value;
}

}  // namespace

net::Task<Status> DevicesHook::prestart(std::shared_ptr<TaskHookContext> context) {
  const bool image = context->fs_isolation == drivers::FsIsolation::Image;
  std::vector<model::AllocatedDevice> given;
  for (const model::AllocatedDevice& device : context->alloc->devices) {
    if (device.task == context->task.name) given.push_back(device);
  }
  if (given.empty()) {
    if (image) set_env(*context, monitor_->denial());
    co_return Ok{};
  }
  CO_TRY_LET(auto reserved, co_await monitor_->reserve(std::move(given)));
  for (drivers::DeviceReservation& each : reserved) {
    context->devices->push_back(std::move(each.device));
    set_env(*context, each.env);
    if (!image) set_env(*context, each.host_env);
  }
  co_return Ok{};
}

}  // namespace drover::client
