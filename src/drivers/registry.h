#pragma once

#include "drivers/docker/options.h"
#include "drivers/driver.h"
#include "drivers/exec/exec_options.h"
#include "drivers/qemu/qemu_driver.h"
#include "drivers/raw_exec/raw_exec_driver.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace drover::drivers {

struct DriverOptions {
  DockerOptions docker;
  RawExecOptions raw_exec;
  ExecOptions exec;  // Of java, too.
  QemuOptions qemu;
  UserPolicy users;
  sys::CgroupOptions cgroups;        // Of all tasks but docker's.
  bool mock = false;                 // -dev mode and tests only.
  std::vector<std::string> allowed;  // driver.allowlist; empty: all.
  std::vector<std::string> denied;   // driver.denylist
};

// The drivers of one agent, by name. Owner: the loop's thread.
class DriverRegistry {
 public:
  // Fails on an endpoint that cannot be, not on a daemon that is away.
  static Result<std::unique_ptr<DriverRegistry>> create(DriverContext context, const DriverOptions& options);

  // InvalidArgument says why there is no such driver here, and what to use instead.
  Result<Driver*> find(std::string_view name) const;
  const std::vector<std::unique_ptr<Driver>>& all() const { return drivers_; }

 private:
  std::vector<std::unique_ptr<Driver>> drivers_;
};

}  // namespace drover::drivers
