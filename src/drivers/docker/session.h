#pragma once

#include "drivers/docker/exec.h"

#include <memory>
#include <string>

namespace drover::drivers {

// A command in the container with its streams. NotFound if the container does not run or has no such program.
net::Task<Result<std::unique_ptr<ExecSession>>> open_docker_session(DriverContext context,
                                                                    std::shared_ptr<const DockerApi> api,
                                                                    std::string container, SessionRequest request);

}  // namespace drover::drivers
