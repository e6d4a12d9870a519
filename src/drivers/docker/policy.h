#pragma once

#include "base/diagnostics.h"
#include "drivers/docker/bind_stage.h"
#include "drivers/docker/options.h"
#include "drivers/driver.h"
#include "drivers/permission.h"
#include "drivers/schemas/docker_config.h"

#include <string>
#include <string_view>
#include <vector>

namespace drover::drivers {

// What this node allows, as its attributes tell.
Attributes published_policy(const DockerOptions& options);

// What a config asks for and this node's operator has not allowed; each message names the option. Pure.
void check_policy(const DockerConfig& config, const DockerOptions& options, const std::string& path,
                  Diagnostics& problems);

bool allows_capability(const DockerOptions& options, std::string_view name);

// The task's own directories and its `volumes`, as HostConfig.Binds. Relative sources start at the task's directory and
// stay inside the allocation, also through symbolic links; others need volumes_enabled. Looks at the disk. With a
// `stage` the daemon gets its names for what tasks can change and for what is read-only.
Result<std::vector<std::string>> make_binds(const DockerConfig& config, const TaskDirs& dirs,
                                            const DockerOptions& options, BindStage* stage = nullptr);

struct BindRequest {
  std::string source;
  sys::Access access = sys::Access::ReadWrite;
  bool shares_mounts = false;  // Later mounts there show up in the container: a copy would not do.
};

// True for "shared", "rslave" and the like.
bool shares_mounts(std::string_view propagation);

// The host path that a bind mount's source means, by the same rules.
Result<std::string> resolve_source(const BindRequest& bind, const TaskDirs& dirs, const DockerOptions& options,
                                   BindStage* stage = nullptr);

}  // namespace drover::drivers
