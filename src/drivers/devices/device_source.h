#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "drivers/driver.h"
#include "model/node.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace drover::drivers {

// One number of a device at a moment, or a share of something ("1024 of 15360 MiB").
struct DeviceMeasure {
  std::string name;  // "Temperature"
  std::string description;
  std::string unit;
  std::optional<int64_t> value;
  std::optional<int64_t> of;
};

// What one instance does at the moment. What it does not tell is left out.
struct DeviceUse {
  std::string vendor;
  std::string type;
  std::string name;
  std::string id;
  DeviceMeasure summary;
  std::vector<DeviceMeasure> measures;
};

// What a task needs to use the instances that it was given.
struct DeviceReservation {
  TaskDevice device;
  std::map<std::string, std::string> env;       // of any task
  std::map<std::string, std::string> host_env;  // of tasks that see all devices of the host
};

// Devices of one vendor. All of it blocks, and is called by one thread at a time.
class DeviceSource {
 public:
  virtual ~DeviceSource() = default;

  virtual std::string_view name() const = 0;  // for people
  virtual Duration period() const = 0;        // how often to look

  // What there is. An instance that was there once is listed until the agent ends, as unhealthy with the reason.
  // Empty: this machine has none. Attributes do not change while a device is the same: what does is use().
  virtual std::vector<model::NodeDeviceGroup> look() = 0;
  virtual Result<std::vector<DeviceUse>> use() = 0;
  // For instances as look() names them. Unavailable if one of them is not healthy any more.
  virtual Result<DeviceReservation> reserve(const std::vector<std::string>& ids) = 0;
  // Of tasks that run in an image and were given nothing: what keeps them from these devices.
  virtual std::map<std::string, std::string> denial() const = 0;
};

}  // namespace drover::drivers
