#pragma once

#include "drivers/driver.h"
#include "drivers/exec/container_runtime.h"
#include "drivers/exec/exec_options.h"

#include <memory>
#include <optional>
#include <string>

namespace drover::drivers {

// What exec and java have in common: programs of the host in containers.
class ContainerDriver : public Driver {
 public:
  ContainerDriver(std::string name, std::shared_ptr<ProcessShared> shared, ExecOptions options, UserPolicy users);

  std::string_view name() const override { return name_; }
  Capabilities capabilities() const override {
    return {.fs_isolation = FsIsolation::Chroot, .inherits_host_env = true};
  }
  net::Task<model::DriverInfo> fingerprint() override;
  Diagnostics validate_config(const codec::Value& config) const override;
  net::Task<Result<std::unique_ptr<RunningTask>>> start(TaskConfig config, EventSink events) override;
  net::Task<Result<std::unique_ptr<RunningTask>>> recover(TaskHandle handle) override;

 protected:
  // What to run for a config without problems.
  virtual ExecConfig exec_config(const codec::Value& config) const = 0;
  // More attributes of a node that can run containers; an error makes the driver undetected. Blocks.
  virtual Result<std::map<std::string, std::string>> more_attributes() const {
    return std::map<std::string, std::string>();
  }

 private:
  // Looked for until it was found once.
  net::Task<Result<std::shared_ptr<const ContainerRuntime>>> find_runtime();

  const std::string name_;
  const std::shared_ptr<ProcessShared> shared_;
  const ExecOptions options_;
  const UserPolicy users_;
  std::shared_ptr<const ContainerRuntime> runtime_;
};

class ExecDriver final : public ContainerDriver {
 public:
  ExecDriver(std::shared_ptr<ProcessShared> shared, ExecOptions options, UserPolicy users);

 protected:
  ExecConfig exec_config(const codec::Value& config) const override;
};

// PermissionDenied if the operator does not let tasks of this driver run as `user`.
Status check_user(const UserPolicy& policy, std::string_view driver, const std::string& user);

}  // namespace drover::drivers
