#pragma once

#include "drivers/driver.h"
#include "drivers/exec/container_runtime.h"
#include "drivers/exec/exec_options.h"
#include "drivers/permission.h"

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
    return {.fs_isolation = FsIsolation::Chroot, .inherits_host_env = true, .mounts = true};
  }
  net::Task<model::DriverInfo> fingerprint() override;
  Diagnostics validate_config(const codec::Value& config) const override;
  net::Task<Result<std::unique_ptr<RunningTask>>> start(TaskConfig config, EventSink events) override;
  net::Task<Result<std::unique_ptr<RunningTask>>> recover(TaskHandle handle) override;

 protected:
  // What a config without problems asks of the container.
  virtual ExecConfig exec_config(const codec::Value& config) const = 0;
  // What to run; blocks shortly.
  virtual Result<ContainerRequest> request(const TaskConfig& task) const;
  virtual std::shared_ptr<const ContainerRuntime> make_runtime(OciRuntime program) const;
  // More attributes of a node that can run containers, by default what its operator allows; asked for until there is an
  // answer, an error makes the driver undetected. Blocks.
  virtual Result<Attributes> more_attributes() const;

  const ProcessShared& shared() const { return *shared_; }
  const ExecOptions& options() const { return options_; }

 private:
  // Looked for until it was found once.
  net::Task<Result<std::shared_ptr<const ContainerRuntime>>> find_runtime();
  net::Task<Result<Attributes>> find_attributes();

  const std::string name_;
  const std::shared_ptr<ProcessShared> shared_;
  const ExecOptions options_;
  const UserPolicy users_;
  std::optional<Attributes> attributes_;
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
