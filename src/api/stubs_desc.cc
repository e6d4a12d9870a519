#include "api/stubs.h"
#include "codec/describe.h"

namespace drover::api {

using codec::kEmptyList;
using codec::kOmitEmpty;
using codec::StructBuilder;

void describe(StructBuilder& d, JobRequest& r) {
  auto& [job, enforce_index, job_modify_index, diff] = r;
  d.name("JobRequest");
  d.field(1, job, "Job");
  d.field(2, enforce_index, "EnforceIndex");
  d.field(3, job_modify_index, "JobModifyIndex");
  d.field(4, diff, "Diff");
}

void describe(StructBuilder& d, ParseRequest& r) {
  auto& [job_hcl, canonicalize, hclv1, variables] = r;
  d.name("JobsParseRequest");
  d.field(1, job_hcl, "JobHCL");
  d.field(2, canonicalize, "Canonicalize");
  d.field(3, hclv1, "hclv1");
  d.field(4, variables, "Variables");
}

void describe(StructBuilder& d, EvalOptions& r) {
  auto& [force_reschedule] = r;
  d.name("EvalOptions");
  d.field(1, force_reschedule, "ForceReschedule");
}

void describe(StructBuilder& d, EvaluateRequest& r) {
  auto& [job_id, eval_options] = r;
  d.name("JobEvaluateRequest");
  d.field(1, job_id, "JobID");
  d.field(2, eval_options, "EvalOptions");
}

void describe(StructBuilder& d, EligibilityRequest& r) {
  auto& [eligibility] = r;
  d.name("NodeUpdateEligibilityRequest");
  d.field(1, eligibility, "Eligibility");
}

void describe(StructBuilder& d, JobChangeResponse& r) {
  auto& [eval_id, eval_create_index, job_modify_index, warnings, index, last_contact, known_leader] = r;
  d.name("JobRegisterResponse");
  d.field(1, eval_id, "EvalID");
  d.field(2, eval_create_index, "EvalCreateIndex");
  d.field(3, job_modify_index, "JobModifyIndex");
  d.field(4, warnings, "Warnings");
  d.field(5, index, "Index");
  d.field(6, last_contact, "LastContact");
  d.field(7, known_leader, "KnownLeader");
}

void describe(StructBuilder& d, JobValidateResponse& r) {
  auto& [driver_config_validated, validation_errors, error, warnings] = r;
  d.name("JobValidateResponse");
  d.field(1, driver_config_validated, "DriverConfigValidated");
  d.field(2, validation_errors, "ValidationErrors");
  d.field(3, error, "Error");
  d.field(4, warnings, "Warnings");
}

void describe(StructBuilder& d, NodeChangeResponse& r) {
  auto& [eval_ids, eval_create_index, node_modify_index, index] = r;
  d.name("NodeEligibilityUpdateResponse");
  d.field(1, eval_ids, "EvalIDs");
  d.field(2, eval_create_index, "EvalCreateIndex");
  d.field(3, node_modify_index, "NodeModifyIndex");
  d.field(4, index, "Index");
}

void describe(StructBuilder& d, TaskDiff& r) {
  auto& [type, name, fields, objects, annotations] = r;
  d.name("TaskDiff");
  d.field(1, type, "Type");
  d.field(2, name, "Name");
  d.field(3, fields, "Fields");
  d.field(4, objects, "Objects");
  d.field(5, annotations, "Annotations");
}

void describe(StructBuilder& d, TaskGroupDiff& r) {
  auto& [type, name, fields, objects, tasks, updates] = r;
  d.name("TaskGroupDiff");
  d.field(1, type, "Type");
  d.field(2, name, "Name");
  d.field(3, fields, "Fields");
  d.field(4, objects, "Objects");
  d.field(5, tasks, "Tasks");
  d.field(6, updates, "Updates");
}

void describe(StructBuilder& d, JobDiff& r) {
  auto& [type, id, fields, objects, task_groups] = r;
  d.name("JobDiff");
  d.field(1, type, "Type");
  d.field(2, id, "ID");
  d.field(3, fields, "Fields");
  d.field(4, objects, "Objects");
  d.field(5, task_groups, "TaskGroups");
}

void describe(StructBuilder& d, CpuShares& r) {
  auto& [cpu_shares, reserved_cores, reservable_cores] = r;
  d.name("Cpu");
  d.field(1, cpu_shares, "CpuShares");
  d.field(2, reserved_cores, "ReservedCores").flags(kOmitEmpty);
  d.field(3, reservable_cores, "ReservableCpuCores").flags(kOmitEmpty);
}

void describe(StructBuilder& d, Memory& r) {
  auto& [memory_mb, memory_max_mb] = r;
  d.name("Memory");
  d.field(1, memory_mb, "MemoryMB");
  d.field(2, memory_max_mb, "MemoryMaxMB").flags(kOmitEmpty);
}

void describe(StructBuilder& d, Disk& r) {
  auto& [disk_mb] = r;
  d.name("Disk");
  d.field(1, disk_mb, "DiskMB");
}

void describe(StructBuilder& d, TaskDevice& r) {
  auto& [vendor, type, name, device_ids] = r;
  d.name("AllocatedDeviceResource");
  d.field(1, vendor, "Vendor");
  d.field(2, type, "Type");
  d.field(3, name, "Name");
  d.field(4, device_ids, "DeviceIDs");
}

void describe(StructBuilder& d, AllocatedTask& r) {
  auto& [cpu, memory, networks, devices] = r;
  d.name("AllocatedTaskResources");
  d.field(1, cpu, "Cpu");
  d.field(2, memory, "Memory");
  d.field(3, networks, "Networks");
  d.field(4, devices, "Devices");
}

void describe(StructBuilder& d, AllocatedShared& r) {
  auto& [disk_mb, networks, ports] = r;
  d.name("AllocatedSharedResources");
  d.field(1, disk_mb, "DiskMB");
  d.field(2, networks, "Networks");
  d.field(3, ports, "Ports");
}

void describe(StructBuilder& d, AllocatedResources& r) {
  auto& [tasks, shared] = r;
  d.name("AllocatedResources");
  d.field(1, tasks, "Tasks").flags(kEmptyList);
  d.field(2, shared, "Shared");
}

void describe(StructBuilder& d, DeviceLocality& r) {
  auto& [pci_bus_id] = r;
  d.name("NodeDeviceLocality");
  d.field(1, pci_bus_id, "PciBusID");
}

void describe(StructBuilder& d, NodeDevice& r) {
  auto& [id, healthy, health_description, locality] = r;
  d.name("NodeDevice");
  d.field(1, id, "ID");
  d.field(2, healthy, "Healthy");
  d.field(3, health_description, "HealthDescription");
  d.field(4, locality, "Locality");
}

void describe(StructBuilder& d, NodeDevices& r) {
  auto& [vendor, type, name, instances, attributes] = r;
  d.name("NodeDeviceResource");
  d.field(1, vendor, "Vendor");
  d.field(2, type, "Type");
  d.field(3, name, "Name");
  d.field(4, instances, "Instances");
  d.field(5, attributes, "Attributes");
}

void describe(StructBuilder& d, NodeResources& r) {
  auto& [cpu, memory, disk, networks, devices] = r;
  d.name("NodeResources");
  d.field(1, cpu, "Cpu");
  d.field(2, memory, "Memory");
  d.field(3, disk, "Disk");
  d.field(4, networks, "Networks");
  d.field(5, devices, "Devices");
}

void describe(StructBuilder& d, ReservedNetworks& r) {
  auto& [reserved_host_ports] = r;
  d.name("NodeReservedNetworkResources");
  d.field(1, reserved_host_ports, "ReservedHostPorts");
}

void describe(StructBuilder& d, ReservedResources& r) {
  auto& [cpu, memory, disk, networks] = r;
  d.name("NodeReservedResources");
  d.field(1, cpu, "Cpu");
  d.field(2, memory, "Memory");
  d.field(3, disk, "Disk");
  d.field(4, networks, "Networks");
}

}  // namespace drover::api
