#include "codec/describe.h"
#include "model/job.h"

// The fields of a job specification, here and in the other *_desc.cc: numbers are storage ids (never reused), names are
// 001's, HCL names 003's and those of Nomad's later versions.
namespace drover::model {

using codec::EnumName;
using codec::kDestructive;
using codec::kLabel;
using codec::kOmitEmpty;
using codec::kReadOnly;
using codec::kSecret;
using codec::StructBuilder;

void describe(StructBuilder& d, JobKey& r) {
  auto& [ns, id] = r;
  d.name("JobKey");
  d.field(1, ns, "Namespace");
  d.field(2, id, "ID");
}

void describe(StructBuilder& d, TaskGroup& r) {
  auto& [name, count, constraints, update, restart, reschedule, ephemeral_disk, networks, services, meta, tasks,
         shutdown_delay, affinities, spreads, migrate, volumes, scaling, consul, disconnect,
         stop_after_client_disconnect, max_client_disconnect, prevent_reschedule_on_lost, max_run_duration] = r;
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
  d.field(13, affinities, "Affinities").hcl("affinity").flags(kDestructive);
  d.field(14, spreads, "Spreads").hcl("spread").flags(kDestructive);
  d.field(15, migrate, "Migrate").hcl("migrate");
  d.field(16, volumes, "Volumes").hcl("volume").flags(kDestructive);
  d.field(17, scaling, "Scaling").hcl("scaling");
  d.field(18, consul, "Consul").hcl("consul").flags(kDestructive);
  d.field(19, disconnect, "Disconnect").hcl("disconnect").flags(kOmitEmpty);
  d.field(20, stop_after_client_disconnect, "StopAfterClientDisconnect")
      .hcl("stop_after_client_disconnect")
      .flags(kOmitEmpty);
  d.field(21, max_client_disconnect, "MaxClientDisconnect").hcl("max_client_disconnect").flags(kOmitEmpty);
  d.field(22, prevent_reschedule_on_lost, "PreventRescheduleOnLost")
      .hcl("prevent_reschedule_on_lost")
      .flags(kOmitEmpty);
  d.field(23, max_run_duration, "MaxRunDuration").hcl("max_run_duration").flags(kOmitEmpty);
}

std::span<const EnumName> enum_names(JobType) {
  static constexpr EnumName kNames[] = {{0, "service"}, {1, "batch"}, {2, "system"}, {3, "sysbatch"}};
  return kNames;
}

std::span<const EnumName> enum_names(JobStatus) {
  static constexpr EnumName kNames[] = {{0, "pending"}, {1, "running"}, {2, "dead"}};
  return kNames;
}

void describe(StructBuilder& d, UiLink& r) {
  auto& [label, url] = r;
  d.name("UILink");
  d.field(1, label, "Label").hcl("label");
  d.field(2, url, "Url").hcl("url");
}

void describe(StructBuilder& d, JobUi& r) {
  auto& [description, links] = r;
  d.name("UI");
  d.field(1, description, "Description").hcl("description");
  d.field(2, links, "Links").hcl("link");
}

void describe(StructBuilder& d, Job& r) {
  auto& [id, name, ns, region, type, priority, all_at_once, datacenters, node_pool, constraints, task_groups, update,
         reschedule, periodic, parameterized, payload, meta, affinities, spreads, migrate, multiregion, consul_token,
         vault_token, consul_namespace, vault_namespace, ui, timeout, logistics, stop, stop_reason, logistics_outcome,
         parent_id, dispatched, dispatch_token, status, status_description, stable, version, submit_time, create_index,
         modify_index, job_modify_index] = r;
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
  d.field(29, affinities, "Affinities").hcl("affinity").flags(kDestructive);
  d.field(30, spreads, "Spreads").hcl("spread").flags(kDestructive);
  d.field(31, migrate, "Migrate").hcl("migrate");
  d.field(32, multiregion, "Multiregion").hcl("multiregion");
  d.field(33, consul_token, "ConsulToken").hcl("consul_token").flags(kSecret);
  d.field(34, vault_token, "VaultToken").hcl("vault_token").flags(kSecret);
  d.field(35, consul_namespace, "ConsulNamespace");
  d.field(36, vault_namespace, "VaultNamespace");
  d.field(37, ui, "UI").hcl("ui").flags(kOmitEmpty);
  d.field(38, logistics, "Logistics").flags(kOmitEmpty);
  d.field(40, timeout, "Timeout").flags(kOmitEmpty);
  d.field(18, stop, "Stop").flags(kReadOnly);
  d.field(41, stop_reason, "StopReason").flags(kReadOnly | kOmitEmpty);
  d.field(42, logistics_outcome, "LogisticsOutcome").flags(kReadOnly | kOmitEmpty);
  d.field(19, parent_id, "ParentID").flags(kReadOnly);
  d.field(20, dispatched, "Dispatched").flags(kReadOnly);
  d.field(39, dispatch_token, "DispatchIdempotencyToken").flags(kReadOnly | kOmitEmpty);
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
