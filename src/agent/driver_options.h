#pragma once

#include "agent/config.h"
#include "base/diagnostics.h"
#include "drivers/devices/device_source.h"
#include "drivers/registry.h"

#include <memory>
#include <vector>

namespace drover::agent {

// The drivers' options from the plugin blocks and from Nomad's older client options ("driver.raw_exec.enable"), which
// win. Option names that would have no effect are reported.
drivers::DriverOptions driver_options(const Config& config, Diagnostics& diagnostics);

// Where the devices of this machine are looked for.
std::vector<std::shared_ptr<drivers::DeviceSource>> device_sources(const Config& config, Diagnostics& diagnostics);

}  // namespace drover::agent
