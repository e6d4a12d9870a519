#include "codec/describe.h"
#include "model/job.h"

// The one list of the fields of a job specification: numbers are storage ids (never reused), names are 001's, HCL names
// 003's and Nomad 1.1's.
namespace drover::model {

using codec::EnumName;
using codec::kDestructive;
using codec::kLabel;
using codec::kOmitEmpty;
using codec::kReadOnly;
using codec::StructBuilder;

void describe(StructBuilder& d, JobKey& r) {
  auto& [ns, id] = r;
  d.name("JobKey");
  d.field(1, ns, "Namespace");
  d.field(2, id, "ID");
}

void describe(StructBuilder& d, Constraint& r) {
  auto& [ltarget, rtarget, operand] = r;
  d.name("Constraint");
  d.field(1, ltarget, "LTarget").hcl("attribute").doc("the attribute to examine, as ${attr.kernel.name}");
  d.field(2, rtarget, "RTarget").hcl("value").doc("what it is compared with");
  d.field(3, operand, "Operand").hcl("operator").doc("how; see the list of operators");
}

void describe(StructBuilder& d, Port& r) {
  auto& [label, value, to, host_network] = r;
  d.name("Port");
  d.field(1, label, "Label").flags(kLabel);
  d.field(2, value, "Value").hcl("static").doc("the host port; without it one is chosen");
  d.field(3, to, "To").hcl("to").doc("the port inside the task's network");
  d.field(4, host_network, "HostNetwork").hcl("host_network");
}

void describe(StructBuilder& d, Network& r) {
  auto& [mode, device, cidr, ip, mbits, reserved_ports, dynamic_ports] = r;
  d.name("Network");
  d.field(1, mode, "Mode").hcl("mode").flags(kDestructive);
  d.field(2, device, "Device");
  d.field(3, cidr, "CIDR");
  d.field(4, ip, "IP");
  d.field(5, mbits, "MBits").hcl("mbits").flags(kDestructive).doc("bandwidth; accepted, not scheduled");
  d.field(6, reserved_ports, "ReservedPorts").flags(kDestructive);
  d.field(7, dynamic_ports, "DynamicPorts").flags(kDestructive);
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

void describe(StructBuilder& d, Resources& r) {
  auto& [cpu, memory_mb, disk_mb, iops, networks] = r;
  d.name("Resources");
  d.field(1, cpu, "CPU").hcl("cpu").flags(kDestructive).doc("CPU share in MHz");
  d.field(2, memory_mb, "MemoryMB").hcl("memory").flags(kDestructive).doc("memory limit in MB");
  d.field(3, disk_mb, "DiskMB").hcl("disk").doc("disk in MB; summed into the group's ephemeral disk");
  d.field(4, iops, "IOPS").hcl("iops").flags(kDestructive).doc("I/O weight, 10 to 1000");
  d.field(5, networks, "Networks").hcl("network").flags(kDestructive);
}

void describe(StructBuilder& d, EphemeralDisk& r) {
  auto& [sticky, size_mb, migrate] = r;
  d.name("EphemeralDisk");
  d.field(1, sticky, "Sticky").hcl("sticky");
  d.field(2, size_mb, "SizeMB").hcl("size");
  d.field(3, migrate, "Migrate").hcl("migrate");
}

void describe(StructBuilder& d, RestartPolicy& r) {
  auto& [attempts, interval, delay, mode] = r;
  d.name("RestartPolicy");
  d.field(1, attempts, "Attempts").hcl("attempts");
  d.field(2, interval, "Interval").hcl("interval");
  d.field(3, delay, "Delay").hcl("delay");
  d.field(4, mode, "Mode").hcl("mode");
}

void describe(StructBuilder& d, UpdateStrategy& r) {
  auto& [stagger, max_parallel, health_check, min_healthy_time, healthy_deadline, progress_deadline, auto_revert,
         auto_promote, canary] = r;
  d.name("Update");
  d.field(1, stagger, "Stagger").hcl("stagger");
  d.field(2, max_parallel, "MaxParallel").hcl("max_parallel");
  d.field(3, health_check, "HealthCheck").hcl("health_check");
  d.field(4, min_healthy_time, "MinHealthyTime").hcl("min_healthy_time");
  d.field(5, healthy_deadline, "HealthyDeadline").hcl("healthy_deadline");
  d.field(6, progress_deadline, "ProgressDeadline").hcl("progress_deadline");
  d.field(7, auto_revert, "AutoRevert").hcl("auto_revert");
  d.field(8, auto_promote, "AutoPromote").hcl("auto_promote");
  d.field(9, canary, "Canary").hcl("canary");
}

void describe(StructBuilder& d, ReschedulePolicy& r) {
  auto& [attempts, interval, delay, delay_function, max_delay, unlimited] = r;
  d.name("ReschedulePolicy");
  d.field(1, attempts, "Attempts").hcl("attempts");
  d.field(2, interval, "Interval").hcl("interval");
  d.field(3, delay, "Delay").hcl("delay");
  d.field(4, delay_function, "DelayFunction").hcl("delay_function");
  d.field(5, max_delay, "MaxDelay").hcl("max_delay");
  d.field(6, unlimited, "Unlimited").hcl("unlimited");
}

void describe(StructBuilder& d, Periodic& r) {
  auto& [enabled, spec, spec_type, prohibit_overlap, time_zone] = r;
  d.name("Periodic");
  d.field(1, enabled, "Enabled").hcl("enabled");
  d.field(2, spec, "Spec").hcl("cron");
  d.field(3, spec_type, "SpecType");
  d.field(4, prohibit_overlap, "ProhibitOverlap").hcl("prohibit_overlap");
  d.field(5, time_zone, "TimeZone").hcl("time_zone");
}

void describe(StructBuilder& d, Parameterized& r) {
  auto& [payload, meta_required, meta_optional] = r;
  d.name("ParameterizedJob");
  d.field(1, payload, "Payload").hcl("payload");
  d.field(2, meta_required, "MetaRequired").hcl("meta_required");
  d.field(3, meta_optional, "MetaOptional").hcl("meta_optional");
}

void describe(StructBuilder& d, CheckRestart& r) {
  auto& [limit, grace, ignore_warnings] = r;
  d.name("CheckRestart");
  d.field(1, limit, "Limit").hcl("limit");
  d.field(2, grace, "Grace").hcl("grace");
  d.field(3, ignore_warnings, "IgnoreWarnings").hcl("ignore_warnings");
}

void describe(StructBuilder& d, Check& r) {
  auto& [id, name, type, command, args, path, protocol, port_label, address_mode, interval, timeout, initial_status,
         tls_skip_verify, method, header, check_restart] = r;
  d.name("Check");
  d.field(1, id, "Id").hcl("id");
  d.field(2, name, "Name").hcl("name");
  d.field(3, type, "Type").hcl("type");
  d.field(4, command, "Command").hcl("command");
  d.field(5, args, "Args").hcl("args");
  d.field(6, path, "Path").hcl("path");
  d.field(7, protocol, "Protocol").hcl("protocol");
  d.field(8, port_label, "PortLabel").hcl("port");
  d.field(9, address_mode, "AddressMode").hcl("address_mode");
  d.field(10, interval, "Interval").hcl("interval");
  d.field(11, timeout, "Timeout").hcl("timeout");
  d.field(12, initial_status, "InitialStatus").hcl("initial_status");
  d.field(13, tls_skip_verify, "TLSSkipVerify").hcl("tls_skip_verify");
  d.field(14, method, "Method").hcl("method");
  d.field(15, header, "Header").hcl("header");
  d.field(16, check_restart, "CheckRestart").hcl("check_restart");
}

void describe(StructBuilder& d, Service& r) {
  auto& [id, name, tags, port_label, address_mode, checks, check_restart, task_name] = r;
  d.name("Service");
  d.field(1, id, "Id").hcl("id");
  d.field(2, name, "Name").hcl("name");
  d.field(3, tags, "Tags").hcl("tags");
  d.field(4, port_label, "PortLabel").hcl("port");
  d.field(5, address_mode, "AddressMode").hcl("address_mode");
  d.field(6, checks, "Checks").hcl("check");
  d.field(7, check_restart, "CheckRestart").hcl("check_restart").flags(kOmitEmpty);
  d.field(8, task_name, "TaskName").hcl("task").flags(kOmitEmpty);
}

void describe(StructBuilder& d, LogConfig& r) {
  auto& [max_files, max_file_size_mb] = r;
  d.name("LogConfig");
  d.field(1, max_files, "MaxFiles").hcl("max_files");
  d.field(2, max_file_size_mb, "MaxFileSizeMB").hcl("max_file_size");
}

void describe(StructBuilder& d, Artifact& r) {
  auto& [source, options, mode, destination] = r;
  d.name("Artifact");
  d.field(1, source, "GetterSource").hcl("source");
  d.field(2, options, "GetterOptions").hcl("options");
  d.field(3, mode, "GetterMode").hcl("mode");
  d.field(4, destination, "RelativeDest").hcl("destination");
}

void describe(StructBuilder& d, Template& r) {
  auto& [source_path, dest_path, embedded, change_mode, change_signal, splay, perms, left_delim, right_delim, envvars,
         vault_grace] = r;
  d.name("Template");
  d.field(1, source_path, "SourcePath").hcl("source");
  d.field(2, dest_path, "DestPath").hcl("destination");
  d.field(3, embedded, "EmbeddedTmpl").hcl("data");
  d.field(4, change_mode, "ChangeMode").hcl("change_mode");
  d.field(5, change_signal, "ChangeSignal").hcl("change_signal");
  d.field(6, splay, "Splay").hcl("splay");
  d.field(7, perms, "Perms").hcl("perms");
  d.field(8, left_delim, "LeftDelim").hcl("left_delimiter");
  d.field(9, right_delim, "RightDelim").hcl("right_delimiter");
  d.field(10, envvars, "Envvars").hcl("env");
  d.field(11, vault_grace, "VaultGrace").hcl("vault_grace");
}

void describe(StructBuilder& d, DispatchPayload& r) {
  auto& [file] = r;
  d.name("DispatchPayload");
  d.field(1, file, "File").hcl("file");
}

std::span<const EnumName> enum_names(DependencyCondition) {
  static constexpr EnumName kNames[] = {{0, "started"}, {1, "healthy"}, {2, "succeeded"}, {3, "finished"}};
  return kNames;
}

void describe(StructBuilder& d, Dependency& r) {
  auto& [task, condition] = r;
  d.name("Dependency");
  d.field(1, task, "Task").hcl("task").flags(kLabel);
  d.field(2, condition, "Condition").hcl("condition");
}

void describe(StructBuilder& d, Task& r) {
  auto& [name, driver, user, config, env, services, constraints, resources, meta, artifacts, templates,
         dispatch_payload, depends_on, logs, leader, kill_timeout, kill_signal, shutdown_delay, restart] = r;
  d.name("Task");
  d.field(1, name, "Name").flags(kLabel);
  d.field(2, driver, "Driver").hcl("driver").flags(kDestructive);
  d.field(3, user, "User").hcl("user").flags(kDestructive);
  d.field(4, config, "Config").hcl("config").flags(kDestructive);
  d.field(5, env, "Env").hcl("env").flags(kDestructive);
  d.field(6, services, "Services").hcl("service");
  d.field(7, constraints, "Constraints").hcl("constraint");
  d.field(8, resources, "Resources").hcl("resources");
  d.field(9, meta, "Meta").hcl("meta");
  d.field(10, artifacts, "Artifacts").hcl("artifact").flags(kDestructive);
  d.field(11, templates, "Templates").hcl("template").flags(kDestructive);
  d.field(12, dispatch_payload, "DispatchPayload").hcl("dispatch_payload");
  d.field(13, depends_on, "DependsOn").hcl("depends_on").flags(kDestructive | kOmitEmpty);
  d.field(14, logs, "LogConfig").hcl("logs");
  d.field(15, leader, "Leader").hcl("leader");
  d.field(16, kill_timeout, "KillTimeout").hcl("kill_timeout");
  d.field(17, kill_signal, "KillSignal").hcl("kill_signal");
  d.field(18, shutdown_delay, "ShutdownDelay").hcl("shutdown_delay");
  d.field(19, restart, "RestartPolicy").hcl("restart").flags(kOmitEmpty);
}

void describe(StructBuilder& d, TaskGroup& r) {
  auto& [name, count, constraints, update, restart, reschedule, ephemeral_disk, networks, services, meta, tasks,
         shutdown_delay] = r;
  d.name("TaskGroup");
  d.field(1, name, "Name").flags(kLabel);
  d.field(2, count, "Count").hcl("count");
  d.field(3, constraints, "Constraints").hcl("constraint");
  d.field(4, update, "Update").hcl("update");
  d.field(5, restart, "RestartPolicy").hcl("restart");
  d.field(6, reschedule, "ReschedulePolicy").hcl("reschedule");
  d.field(7, ephemeral_disk, "EphemeralDisk").hcl("ephemeral_disk").flags(kDestructive);
  d.field(8, networks, "Networks").hcl("network").flags(kDestructive);
  d.field(9, services, "Services").hcl("service");
  d.field(10, meta, "Meta").hcl("meta");
  d.field(11, tasks, "Tasks").hcl("task");
  d.field(12, shutdown_delay, "ShutdownDelay").hcl("shutdown_delay").flags(kOmitEmpty);
}

std::span<const EnumName> enum_names(JobType) {
  static constexpr EnumName kNames[] = {{0, "service"}, {1, "batch"}, {2, "system"}, {3, "sysbatch"}};
  return kNames;
}

std::span<const EnumName> enum_names(JobStatus) {
  static constexpr EnumName kNames[] = {{0, "pending"}, {1, "running"}, {2, "dead"}};
  return kNames;
}

void describe(StructBuilder& d, Job& r) {
  auto& [id, name, ns, region, type, priority, all_at_once, datacenters, node_pool, constraints, task_groups, update,
         reschedule, periodic, parameterized, payload, meta, stop, parent_id, dispatched, status, status_description,
         stable, version, submit_time, create_index, modify_index, job_modify_index] = r;
  d.name("Job");
  d.field(1, id, "ID").flags(kLabel);
  d.field(2, name, "Name").hcl("name");
  d.field(3, ns, "Namespace").hcl("namespace");
  d.field(4, region, "Region").hcl("region");
  d.field(5, type, "Type").hcl("type");
  d.field(6, priority, "Priority").hcl("priority");
  d.field(7, all_at_once, "AllAtOnce").hcl("all_at_once");
  d.field(8, datacenters, "Datacenters").hcl("datacenters");
  d.field(9, node_pool, "NodePool").hcl("node_pool");
  d.field(10, constraints, "Constraints").hcl("constraint");
  d.field(11, task_groups, "TaskGroups").hcl("group");
  d.field(12, update, "Update").hcl("update");
  d.field(13, reschedule, "Reschedule").hcl("reschedule");
  d.field(14, periodic, "Periodic").hcl("periodic");
  d.field(15, parameterized, "ParameterizedJob").hcl("parameterized");
  d.field(16, payload, "Payload");
  d.field(17, meta, "Meta").hcl("meta");
  d.field(18, stop, "Stop").flags(kReadOnly);
  d.field(19, parent_id, "ParentID").flags(kReadOnly);
  d.field(20, dispatched, "Dispatched").flags(kReadOnly);
  d.field(21, status, "Status").flags(kReadOnly);
  d.field(22, status_description, "StatusDescription").flags(kReadOnly);
  d.field(23, stable, "Stable").flags(kReadOnly);
  d.field(24, version, "Version").flags(kReadOnly);
  d.field(25, submit_time, "SubmitTime").flags(kReadOnly);
  d.field(26, create_index, "CreateIndex").flags(kReadOnly);
  d.field(27, modify_index, "ModifyIndex").flags(kReadOnly);
  d.field(28, job_modify_index, "JobModifyIndex").flags(kReadOnly);
}

}  // namespace drover::model
