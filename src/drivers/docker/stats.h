#pragma once

#include "codec/value.h"
#include "drivers/driver.h"

namespace drover::drivers {

// From an answer of /containers/<id>/stats, on a cgroup v1 or v2 host; `at` is left to the caller. Pure.
TaskStats parse_docker_stats(const codec::Value& answer);

}  // namespace drover::drivers
