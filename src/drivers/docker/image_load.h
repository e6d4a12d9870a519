#pragma once

#include "drivers/docker/api.h"
#include "drivers/docker/image_ref.h"
#include "drivers/driver.h"

#include <memory>
#include <string>

namespace drover::drivers {

// Gives the daemon `ref` from an archive of `docker save`, in the task's "local" or the task's directory. Other images
// of the archive get no names: a task must not decide what the tasks of others run. DeadlineExceeded once the daemon has
// neither taken nor said anything for so long as `patience`.
net::Task<Status> load_image(DriverContext context, std::shared_ptr<const DockerApi> api, ImageRef ref,
                             std::string archive, std::string task_dir, Duration patience);

}  // namespace drover::drivers
