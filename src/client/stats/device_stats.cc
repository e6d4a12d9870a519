#include "client/stats/device_stats.h"

#include "codec/describe.h"

#include <tuple>

namespace drover::client {
namespace {

StatValue stat_of(const drivers::DeviceMeasure& measure) {
  return {
      .numerator = measure.value, .denominator = measure.of, .unit = measure.unit, .description = measure.description};
}

}  // namespace

void describe(codec::StructBuilder& d, StatValue& r) {
  auto& [numerator, denominator, unit, description] = r;
  d.name("StatValue");
  d.field(1, numerator, "IntNumeratorVal").flags(codec::kOmitEmpty);
  d.field(2, denominator, "IntDenominatorVal").flags(codec::kOmitEmpty);
  d.field(3, unit, "Unit").flags(codec::kOmitEmpty);
  d.field(4, description, "Desc").flags(codec::kOmitEmpty);
}

void describe(codec::StructBuilder& d, StatObject& r) {
  auto& [attributes] = r;
  d.name("StatObject");
  d.field(1, attributes, "Attributes");
}

void describe(codec::StructBuilder& d, DeviceStats& r) {
  auto& [summary, stats, timestamp] = r;
  d.name("DeviceStats");
  d.field(1, summary, "Summary");
  d.field(2, stats, "Stats");
  d.field(3, timestamp, "Timestamp");
}

void describe(codec::StructBuilder& d, DeviceGroupStats& r) {
  auto& [vendor, type, name, instances] = r;
  d.name("DeviceGroupStats");
  d.field(1, vendor, "Vendor");
  d.field(2, type, "Type");
  d.field(3, name, "Name");
  d.field(4, instances, "InstanceStats");
}

std::vector<DeviceGroupStats> make_device_stats(const std::vector<drivers::DeviceUse>& uses, WallTime now,
                                                const std::optional<std::set<std::string>>& only) {
  std::map<std::tuple<std::string, std::string, std::string>, DeviceGroupStats> groups;
  for (const drivers::DeviceUse& use : uses) {
    if (only && !only->contains(use.id)) continue;
    auto& group = groups[{use.vendor, use.type, use.name}];
    group.vendor = use.vendor;
    group.type = use.type;
    group.name = use.name;
    DeviceStats& stats = group.instances[use.id];
    stats = {.summary = stat_of(use.summary), .timestamp = now};
    for (const auto& measure : use.measures) stats.stats.attributes[measure.name] = stat_of(measure);
  }
  std::vector<DeviceGroupStats> out;
  for (auto& [kind, group] : groups) out.push_back(std::move(group));
  return out;
}

}  // namespace drover::client
