#pragma once

#include "base/clock.h"
#include "codec/fwd.h"
#include "drivers/devices/device_source.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

// What devices do, in Nomad's shape (`DeviceStats` of nodes and allocations).
namespace drover::client {

struct StatValue {
  std::optional<int64_t> numerator;
  std::optional<int64_t> denominator;
  std::string unit;
  std::string description;
};
void describe(codec::StructBuilder& d, StatValue& r);

struct StatObject {
  std::map<std::string, StatValue> attributes;
};
void describe(codec::StructBuilder& d, StatObject& r);

struct DeviceStats {
  StatValue summary;
  StatObject stats;
  WallTime timestamp;
};
void describe(codec::StructBuilder& d, DeviceStats& r);

struct DeviceGroupStats {
  std::string vendor;
  std::string type;
  std::string name;
  std::map<std::string, DeviceStats> instances;
};
void describe(codec::StructBuilder& d, DeviceGroupStats& r);

// By kind. `only`: the ids that count; all without.
std::vector<DeviceGroupStats> make_device_stats(const std::vector<drivers::DeviceUse>& uses, WallTime now,
                                                const std::optional<std::set<std::string>>& only = {});

}  // namespace drover::client
