#include "drivers/exec/exec_driver.h"

#include "codec/describe.h"
#include "drivers/exec/capabilities.h"
#include "drivers/process/process_launch.h"
#include "drivers/schemas/config_codec.h"
#include "drivers/schemas/permissions.h"
#include "sys/users.h"

#include <algorithm>
#include <utility>

namespace drover::drivers {

ContainerDriver::ContainerDriver(std::string name, std::shared_ptr<ProcessShared> shared, ExecOptions options,
                                 UserPolicy users)
    : name_(std::move(name)), shared_(std::move(shared)), options_(std::move(options)), users_(std::move(users)) {}

net::Task<Result<std::shared_ptr<const ContainerRuntime>>> ContainerDriver::find_runtime() {
  if (runtime_) co_return runtime_;
  if (!shared_->cgroups.available()) co_return err(ErrorCode::Unavailable, "this machine has no cgroups");
  CO_TRY_LET(auto program, co_await net::run_blocking(shared_->context.pool, &find_oci_runtime));
  runtime_ = make_runtime(std::move(program));
  co_return runtime_;
}

net::Task<Result<Attributes>> ContainerDriver::find_attributes() {
  if (attributes_) co_return *attributes_;
  CO_TRY_LET(const auto runtime, co_await find_runtime());
  const auto look = [this] { return more_attributes(); };
  CO_TRY_LET(auto attributes, co_await net::run_blocking(shared_->context.pool, look));
  attributes["driver." + name_] = "1";
  attributes["driver." + name_ + ".oci_runtime"] = runtime->program().name;
  attributes["driver." + name_ + ".oci_runtime_version"] = runtime->program().version;
  attributes_ = attributes;
  co_return attributes;
}

net::Task<model::DriverInfo> ContainerDriver::fingerprint() {
  auto attributes = co_await find_attributes();
  const bool found = attributes.has_value();
  model::DriverInfo info{.detected = found, .healthy = found};
  info.health_description = found ? "Healthy" : attributes.error().message();
  if (found) info.attributes = std::move(*attributes);
  info.update_time = shared_->context.clock.now();
  co_return info;
}

Diagnostics ContainerDriver::validate_config(const codec::Value& config) const {
  Diagnostics problems;
  drivers::validate_config(name_, config, ConfigStage::Interpolated, problems, {.config = "config"});
  if (problems.has_errors()) return problems;
  check_permissions(needed_permissions(name_, config, ConfigStage::Interpolated), published_policy(name_, options_),
                    "config", problems);
  return problems;
}

net::Task<Result<std::unique_ptr<RunningTask>>> ContainerDriver::start(TaskConfig config, EventSink) {
  const Diagnostics problems = validate_config(config.config);
  if (problems.has_errors()) co_return err(problems.to_error());
  CO_TRY(check_user(users_, name_, config.user));
  CO_TRY_LET(const auto runtime, co_await find_runtime());
  // The driver outlives what it has under way.
  MakePlan plan = [this, runtime](const TaskConfig& task, const std::string& cgroup) -> Result<LaunchPlan> {
    TRY_LET(auto wanted, request(task));
    for (const TaskDevice& device : task.devices) {
      for (const std::string& node : device.nodes) {
        TRY_LET(wanted.devices.emplace_back(), container_device(node));
      }
    }
    return runtime->plan(task, wanted, cgroup);
  };
  co_return co_await start_process(shared_, runtime, std::move(config), UseCgroup::Yes, std::move(plan));
}

net::Task<Result<std::unique_ptr<RunningTask>>> ContainerDriver::recover(TaskHandle handle) {
  auto runtime = co_await find_runtime();
  // Its tasks run without it, too.
  if (!runtime) runtime = make_runtime({});
  co_return co_await recover_process(shared_, *runtime, std::move(handle));
}

Result<ContainerRequest> ContainerDriver::request(const TaskConfig& task) const {
  return ContainerRequest{.exec = exec_config(task.config)};
}

Result<Attributes> ContainerDriver::more_attributes() const {
  return published_policy(name_, options_);
}

std::shared_ptr<const ContainerRuntime> ContainerDriver::make_runtime(OciRuntime program) const {
  return std::make_shared<ContainerRuntime>(name_, std::move(program), options_, shared_->cgroups);
}

ExecDriver::ExecDriver(std::shared_ptr<ProcessShared> shared, ExecOptions options, UserPolicy users)
    : ContainerDriver("exec", std::move(shared), std::move(options), std::move(users)) {}

ExecConfig ExecDriver::exec_config(const codec::Value& config) const {
  Diagnostics none;
  return read_config<ExecConfig>(config, ConfigStage::Interpolated, none);
}

Status check_user(const UserPolicy& policy, std::string_view driver, const std::string& user) {
  if (user.empty() || std::ranges::find(policy.checked_drivers, driver) == policy.checked_drivers.end()) return Ok{};
  const auto asked = sys::find_user(user);
  for (const auto& name : policy.denied) {
    const auto denied = sys::find_user(name);
    if (user != name && !(asked && denied && asked->uid == denied->uid)) continue;
    return err(ErrorCode::PermissionDenied,
               "tasks of driver {} may not run as user \"{}\" on this node (client option user.denylist)", driver,
               user);
  }
  return Ok{};
}

}  // namespace drover::drivers
