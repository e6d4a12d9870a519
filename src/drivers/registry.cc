#include "drivers/registry.h"

#include "drivers/docker/docker_driver.h"
#include "drivers/exec/exec_driver.h"
#include "drivers/java/java_driver.h"
#include "drivers/mock/mock_driver.h"
#include "drivers/noop/noop_driver.h"
#include "drivers/qemu/qemu_driver.h"
#include "drivers/schema.h"

#include <algorithm>
#include <utility>

namespace drover::drivers {

Result<std::unique_ptr<DriverRegistry>> DriverRegistry::create(DriverContext context, const DriverOptions& options) {
  auto registry = std::make_unique<DriverRegistry>();
  const auto add = [&](std::unique_ptr<Driver> driver) {
    const auto has = [&](const auto& names) { return std::ranges::find(names, driver->name()) != names.end(); };
    const bool allowed = options.allowed.empty() || has(options.allowed);
    if (allowed && !has(options.denied)) registry->drivers_.push_back(std::move(driver));
  };
  TRY_LET(auto docker, DockerDriver::create(context, options.docker));
  add(std::move(docker));
  TRY_LET(const auto processes, ProcessShared::create(context, options.cgroups));
  add(std::make_unique<RawExecDriver>(processes, options.raw_exec));
  add(std::make_unique<ExecDriver>(processes, options.exec, options.users));
  add(std::make_unique<JavaDriver>(processes, options.exec, options.users));
  add(std::make_unique<QemuDriver>(processes, options.exec, options.users, options.qemu));
  add(std::make_unique<NoopDriver>(context));
  if (options.mock) add(std::make_unique<MockDriver>(context));
  return registry;
}

Result<Driver*> DriverRegistry::find(std::string_view name) const {
  for (const auto& driver : drivers_) {
    if (driver->name() == name) return driver.get();
  }
  if (auto reason = unknown_driver(name)) return err(ErrorCode::InvalidArgument, "{}", *reason);
  return err(ErrorCode::InvalidArgument, "this node has no driver \"{}\"", name);
}

}  // namespace drover::drivers
