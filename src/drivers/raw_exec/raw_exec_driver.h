#pragma once

#include "drivers/driver.h"
#include "drivers/process/process_runtime.h"

#include <memory>
#include <string>

namespace drover::drivers {

struct RawExecOptions {
  bool enabled = false;     // Tasks run as the agent's user without isolation: on in -dev mode only.
  bool no_cgroups = false;  // Find the processes of a task by their parents alone.
  bool limits = false;      // Hold tasks to their CPU, memory and processes as exec does.
  uint64_t pids_limit = 4096;
};

// Plain processes, each under sys's supervisor and in a cgroup of its own where the host has them.
class RawExecDriver final : public Driver {
 public:
  RawExecDriver(std::shared_ptr<ProcessShared> shared, RawExecOptions options);

  std::string_view name() const override { return "raw_exec"; }
  Capabilities capabilities() const override { return {.inherits_host_env = true}; }
  net::Task<model::DriverInfo> fingerprint() override;
  Diagnostics validate_config(const codec::Value& config) const override;
  net::Task<Result<std::unique_ptr<RunningTask>>> start(TaskConfig config, EventSink events) override;
  net::Task<Result<std::unique_ptr<RunningTask>>> recover(TaskHandle handle) override;

 private:
  const std::shared_ptr<ProcessShared> shared_;
  const std::shared_ptr<const ProcessRuntime> runtime_;
  const RawExecOptions options_;
};

}  // namespace drover::drivers
