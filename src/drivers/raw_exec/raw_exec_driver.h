#pragma once

#include "drivers/driver.h"
#include "drivers/exit_watcher.h"
#include "sys/cgroup.h"

#include <memory>
#include <string>

namespace drover::drivers {

struct RawExecOptions {
  bool enabled = false;  // Tasks run as the agent's user without isolation: on in -dev mode only.
  sys::CgroupOptions cgroups;
};

// Plain processes, each under sys's supervisor and in a cgroup of its own where the host has them.
class RawExecDriver final : public Driver {
 public:
  static Result<std::unique_ptr<RawExecDriver>> create(DriverContext context, RawExecOptions options);

  std::string_view name() const override { return "raw_exec"; }
  Capabilities capabilities() const override { return {.inherits_host_env = true}; }
  net::Task<model::DriverInfo> fingerprint() override;
  Diagnostics validate_config(const codec::Value& config) const override;
  net::Task<Result<std::unique_ptr<RunningTask>>> start(TaskConfig config, EventSink events) override;
  net::Task<Result<std::unique_ptr<RunningTask>>> recover(TaskHandle handle) override;

  // What the tasks of this driver share.
  struct Shared {
    DriverContext context;
    sys::CgroupManager cgroups;
    std::unique_ptr<ExitWatcher> exits;
    net::BlockingPool exec_pool{"raw_exec-exec", 4};  // Commands may take as long as their timeout.
  };

 private:
  RawExecDriver(std::shared_ptr<Shared> shared, RawExecOptions options);

  const std::shared_ptr<Shared> shared_;
  const RawExecOptions options_;
};

}  // namespace drover::drivers
