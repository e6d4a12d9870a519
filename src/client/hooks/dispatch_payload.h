#pragma once

#include "client/hooks/task_hook.h"
#include "net/loop.h"

namespace drover::client {

// Writes a dispatched job's payload where the task wants it, beneath its local directory.
class DispatchPayloadHook final : public TaskHook {
 public:
  explicit DispatchPayloadHook(net::BlockingPool& pool) : pool_(pool) {}

  std::string_view name() const override { return "dispatch_payload"; }
  bool wanted(const model::Task& task) const override { return task.dispatch_payload.has_value(); }
  net::Task<Status> prestart(std::shared_ptr<TaskHookContext> context) override;

 private:
  net::BlockingPool& pool_;
};

}  // namespace drover::client
