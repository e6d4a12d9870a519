#include "codec/describe.h"
#include "model/node.h"

namespace drover::model {

using codec::EnumName;
using codec::kReadOnly;
using codec::kSecret;
using codec::StructBuilder;

std::span<const EnumName> enum_names(NodeStatus) {
  static constexpr EnumName kNames[] = {{0, "initializing"}, {1, "ready"}, {2, "down"}};
  return kNames;
}

std::span<const EnumName> enum_names(NodeEligibility) {
  static constexpr EnumName kNames[] = {{0, "eligible"}, {1, "ineligible"}};
  return kNames;
}

void describe(StructBuilder& d, DriverInfo& r) {
  auto& [attributes, detected, healthy, health_description, update_time] = r;
  d.name("DriverInfo");
  d.field(1, attributes, "Attributes");
  d.field(2, detected, "Detected");
  d.field(3, healthy, "Healthy");
  d.field(4, health_description, "HealthDescription");
  d.field(5, update_time, "UpdateTime");
}

void describe(StructBuilder& d, NodeNetwork& r) {
  auto& [device, ip, mbits] = r;
  d.name("NodeNetwork");
  d.field(1, device, "Device");
  d.field(2, ip, "IP");
  d.field(3, mbits, "MBits");
}

void describe(StructBuilder& d, NodeCapacity& r) {
  auto& [cpu, memory_mb, disk_mb, ports] = r;
  d.name("NodeCapacity");
  d.field(1, cpu, "CPU");
  d.field(2, memory_mb, "MemoryMB");
  d.field(3, disk_mb, "DiskMB");
  d.field(4, ports, "ReservedPorts");
}

void describe(StructBuilder& d, NodeEvent& r) {
  auto& [message, subsystem, timestamp] = r;
  d.name("NodeEvent");
  d.field(1, message, "Message");
  d.field(2, subsystem, "Subsystem");
  d.field(3, timestamp, "Timestamp");
}

void describe(StructBuilder& d, Node& r) {
  auto& [id, secret_id, name, datacenter, node_class, node_pool, http_addr, attributes, meta, resources, reserved,
         networks, drivers, links, status, status_description, eligibility, computed_class, status_updated_at, events,
         create_index, modify_index] = r;
  d.name("Node");
  d.field(1, id, "ID");
  d.field(2, secret_id, "SecretID").flags(kSecret);
  d.field(3, name, "Name");
  d.field(4, datacenter, "Datacenter");
  d.field(5, node_class, "NodeClass");
  d.field(6, node_pool, "NodePool");
  d.field(7, http_addr, "HTTPAddr");
  d.field(8, attributes, "Attributes");
  d.field(9, meta, "Meta");
  d.field(10, resources, "Capacity");
  d.field(11, reserved, "ReservedCapacity");
  d.field(12, networks, "Networks");
  d.field(13, drivers, "Drivers");
  d.field(14, links, "Links");
  d.field(15, status, "Status").flags(kReadOnly);
  d.field(16, status_description, "StatusDescription").flags(kReadOnly);
  d.field(17, eligibility, "SchedulingEligibility").flags(kReadOnly);
  d.field(18, computed_class, "ComputedClass").flags(kReadOnly);
  d.field(19, status_updated_at, "StatusUpdatedAt").flags(kReadOnly);
  d.field(20, events, "Events").flags(kReadOnly);
  d.field(21, create_index, "CreateIndex").flags(kReadOnly);
  d.field(22, modify_index, "ModifyIndex").flags(kReadOnly);
}

}  // namespace drover::model
