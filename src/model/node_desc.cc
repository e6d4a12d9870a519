#include "codec/describe.h"
#include "model/node.h"

namespace drover::model {

using codec::EnumName;
using codec::kOmitEmpty;
using codec::kReadOnly;
using codec::kSecret;
using codec::StructBuilder;

std::span<const EnumName> enum_names(NodeStatus) {
  static constexpr EnumName kNames[] = {{0, "initializing"}, {1, "ready"}, {2, "down"}, {3, "disconnected"}};
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

void describe(StructBuilder& d, HostVolume& r) {
  auto& [path, read_only] = r;
  d.name("HostVolume");
  d.field(1, path, "Path");
  d.field(2, read_only, "ReadOnly");
}

void describe(StructBuilder& d, DeviceInstance& r) {
  auto& [id, healthy, health_description, pci_bus_id] = r;
  d.name("DeviceInstance");
  d.field(1, id, "ID");
  d.field(2, healthy, "Healthy");
  d.field(3, health_description, "HealthDescription");
  d.field(4, pci_bus_id, "PciBusID");
}

void describe(StructBuilder& d, NodeDeviceGroup& r) {
  auto& [vendor, type, name, attributes, instances] = r;
  d.name("NodeDeviceGroup");
  d.field(1, vendor, "Vendor");
  d.field(2, type, "Type");
  d.field(3, name, "Name");
  d.field(4, attributes, "Attributes");
  d.field(5, instances, "Instances");
}

void describe(StructBuilder& d, DrainStrategy& r) {
  auto& [deadline, ignore_system_jobs, force_deadline, started_at] = r;
  d.name("DrainStrategy");
  d.field(1, deadline, "Deadline");
  d.field(2, ignore_system_jobs, "IgnoreSystemJobs");
  d.field(3, force_deadline, "ForceDeadline");
  d.field(4, started_at, "StartedAt");
}

void describe(StructBuilder& d, LastDrain& r) {
  auto& [started_at, updated_at, status, meta] = r;
  d.name("LastDrain");
  d.field(1, started_at, "StartedAt");
  d.field(2, updated_at, "UpdatedAt");
  d.field(3, status, "Status");
  d.field(4, meta, "Meta");
}

void describe(StructBuilder& d, Node& r) {
  auto& [id, secret_id, name, datacenter, node_class, node_pool, http_addr, attributes, meta, resources, reserved,
         networks, drivers, links, host_volumes, devices, cores, host_networks, prefetched, prefetch_note, status, status_description,
         eligibility, computed_class, status_updated_at, events, drain, last_drain, prefetching, create_index,
         modify_index] = r;
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
  d.field(23, host_volumes, "HostVolumes");
  d.field(24, devices, "Devices").flags(kOmitEmpty);
  d.field(25, cores, "Cores").flags(kOmitEmpty);
  d.field(26, host_networks, "HostNetworks").flags(kOmitEmpty);
  d.field(27, drain, "DrainStrategy").flags(kReadOnly);
  d.field(28, last_drain, "LastDrain").flags(kReadOnly);
  d.field(29, prefetched, "Prefetched").flags(kOmitEmpty);
  d.field(30, prefetch_note, "PrefetchNote").flags(kOmitEmpty);
  d.field(31, prefetching, "Prefetching").flags(kReadOnly | kOmitEmpty);
}

}  // namespace drover::model
