#include "codec/describe.h"
#include "model/resources.h"

namespace drover::model {

using codec::kDestructive;
using codec::kLabel;
using codec::kOmitEmpty;
using codec::StructBuilder;

void describe(StructBuilder& d, Constraint& r) {
  auto& [ltarget, rtarget, operand] = r;
  d.name("Constraint");
  d.field(1, ltarget, "LTarget").hcl("attribute").doc("the attribute to examine, as ${attr.kernel.name}");
  d.field(2, rtarget, "RTarget").hcl("value").doc("what it is compared with");
  d.field(3, operand, "Operand").hcl("operator").doc("how; see the list of operators");
}

void describe(StructBuilder& d, Affinity& r) {
  auto& [ltarget, rtarget, operand, weight] = r;
  d.name("Affinity");
  d.field(1, ltarget, "LTarget").hcl("attribute");
  d.field(2, rtarget, "RTarget").hcl("value");
  d.field(3, operand, "Operand").hcl("operator");
  d.field(4, weight, "Weight").hcl("weight").doc("-100 to 100; negative keeps away");
}

void describe(StructBuilder& d, SpreadTarget& r) {
  auto& [value, percent] = r;
  d.name("SpreadTarget");
  d.field(1, value, "Value").flags(kLabel);
  d.field(2, percent, "Percent").hcl("percent");
}

void describe(StructBuilder& d, Spread& r) {
  auto& [attribute, weight, targets] = r;
  d.name("Spread");
  d.field(1, attribute, "Attribute").hcl("attribute");
  d.field(2, weight, "Weight").hcl("weight");
  d.field(3, targets, "SpreadTarget").hcl("target");
}

void describe(StructBuilder& d, Port& r) {
  auto& [label, value, to, host_network, ignore_collision] = r;
  d.name("Port");
  d.field(1, label, "Label").flags(kLabel);
  d.field(2, value, "Value").hcl("static").doc("the host port; without it one is chosen");
  d.field(3, to, "To").hcl("to").doc("the port inside the task's network");
  d.field(4, host_network, "HostNetwork").hcl("host_network");
  d.field(5, ignore_collision, "IgnoreCollision").hcl("ignore_collision").flags(kOmitEmpty);
}

void describe(StructBuilder& d, DnsConfig& r) {
  auto& [servers, searches, options] = r;
  d.name("DNS");
  d.field(1, servers, "Servers").hcl("servers");
  d.field(2, searches, "Searches").hcl("searches");
  d.field(3, options, "Options").hcl("options");
}

void describe(StructBuilder& d, CniConfig& r) {
  auto& [args] = r;
  d.name("CNI");
  d.field(1, args, "Args").hcl("args");
}

void describe(StructBuilder& d, Network& r) {
  auto& [mode, device, cidr, ip, mbits, reserved_ports, dynamic_ports, hostname, dns, cni] = r;
  d.name("Network");
  d.field(1, mode, "Mode").hcl("mode").flags(kDestructive);
  d.field(2, device, "Device");
  d.field(3, cidr, "CIDR");
  d.field(4, ip, "IP");
  d.field(5, mbits, "MBits").hcl("mbits").flags(kDestructive).doc("bandwidth; accepted, not scheduled");
  d.field(6, reserved_ports, "ReservedPorts").flags(kDestructive);
  d.field(7, dynamic_ports, "DynamicPorts").flags(kDestructive);
  d.field(8, hostname, "Hostname").hcl("hostname").flags(kDestructive | kOmitEmpty);
  d.field(9, dns, "DNS").hcl("dns").flags(kDestructive);
  d.field(10, cni, "CNI").hcl("cni").flags(kDestructive | kOmitEmpty);
}

void describe(StructBuilder& d, AllocatedPort& r) {
  auto& [task, label, value, to, host_ip] = r;
  d.name("AllocatedPort");
  d.field(1, task, "Task").flags(kOmitEmpty);
  d.field(2, label, "Label");
  d.field(3, value, "Value");
  d.field(4, to, "To");
  d.field(5, host_ip, "HostIP");
}

void describe(StructBuilder& d, RequestedDevice& r) {
  auto& [name, count, constraints, affinities] = r;
  d.name("RequestedDevice");
  d.field(1, name, "Name").flags(kLabel);
  d.field(2, count, "Count").hcl("count");
  d.field(3, constraints, "Constraints").hcl("constraint");
  d.field(4, affinities, "Affinities").hcl("affinity");
}

void describe(StructBuilder& d, NumaConfig& r) {
  auto& [affinity, devices] = r;
  d.name("NUMA");
  d.field(1, affinity, "Affinity").hcl("affinity");
  d.field(2, devices, "Devices").hcl("devices");
}

void describe(StructBuilder& d, Resources& r) {
  auto& [cpu, memory_mb, disk_mb, iops, networks, cores, memory_max_mb, devices, numa, secrets_mb] = r;
  d.name("Resources");
  d.field(1, cpu, "CPU").hcl("cpu").flags(kDestructive).doc("CPU share in MHz");
  d.field(2, memory_mb, "MemoryMB").hcl("memory").flags(kDestructive).doc("memory limit in MB");
  d.field(3, disk_mb, "DiskMB").hcl("disk").doc("disk in MB; summed into the group's ephemeral disk");
  d.field(4, iops, "IOPS").hcl("iops").flags(kDestructive).doc("I/O weight, 10 to 1000");
  d.field(5, networks, "Networks").hcl("network").flags(kDestructive);
  d.field(6, cores, "Cores").hcl("cores").flags(kDestructive).doc("whole cores of its own, instead of cpu");
  d.field(7, memory_max_mb, "MemoryMaxMB")
      .hcl("memory_max")
      .flags(kDestructive)
      .doc("the limit where nodes allow more than memory");
  d.field(8, devices, "Devices").hcl("device").flags(kDestructive);
  d.field(9, numa, "NUMA").hcl("numa").flags(kDestructive | kOmitEmpty);
  d.field(10, secrets_mb, "SecretsMB").hcl("secrets").flags(kDestructive | kOmitEmpty);
}

void describe(StructBuilder& d, EphemeralDisk& r) {
  auto& [sticky, size_mb, migrate] = r;
  d.name("EphemeralDisk");
  d.field(1, sticky, "Sticky").hcl("sticky");
  d.field(2, size_mb, "SizeMB").hcl("size");
  d.field(3, migrate, "Migrate").hcl("migrate");
}

}  // namespace drover::model
