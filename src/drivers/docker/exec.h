#pragma once

#include "drivers/docker/api.h"
#include "drivers/driver.h"

#include <memory>
#include <string>

namespace drover::drivers {

// Runs a command in a running container. The daemon cannot kill it: after the timeout it is left alone.
net::Task<Result<ExecResult>> docker_exec(std::shared_ptr<const DockerApi> api, std::string container,
                                          ExecRequest request);

}  // namespace drover::drivers
