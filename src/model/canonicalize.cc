#include "model/canonicalize.h"

#include <algorithm>

#include "base/strings.h"
#include "model/canonicalize_parts.h"

namespace drover::model {
namespace {

// 003's `disk` of each task is the group's disk, unless the group says so itself.
void move_task_disks(TaskGroup& group) {
  int64_t sum = 0;
  for (const Task& task : group.tasks) sum += std::max(task.resources.disk_mb, 0);
  if (sum <= 0) return;
  if (group.ephemeral_disk.size_mb == EphemeralDisk{}.size_mb) {
    group.ephemeral_disk.size_mb = static_cast<int32_t>(std::min<int64_t>(sum, INT32_MAX));
  }
  for (Task& task : group.tasks) task.resources.disk_mb = std::min(task.resources.disk_mb, 0);
}

void canonicalize_volumes(TaskGroup& group) {
  for (auto& [key, volume] : group.volumes) {
    fill(volume.name, key);
    volume.type = to_lower(volume.type);
  }
}

// What the group says about Consul is said for each task that says nothing itself.
void inherit_consul(TaskGroup& group) {
  if (!group.consul) return;
  fill(group.consul->cluster, "default");
  for (Task& task : group.tasks) fill(task.consul, group.consul);
}

void canonicalize_group(TaskGroup& group, const Job& job) {
  canonicalize_policies(group, job);
  canonicalize_disconnect(group);
  canonicalize_scaling(group);
  move_task_disks(group);
  canonicalize_constraints(group.constraints);
  canonicalize_affinities(group.affinities);
  canonicalize_networks(group.networks);
  canonicalize_volumes(group);
  inherit_consul(group);
  for (Service& service : group.services) canonicalize_service(service, job, group, "group");
  for (Task& task : group.tasks) canonicalize_task(task, job, group);
}

void canonicalize_periodic(Periodic& periodic) {
  fill(periodic.spec_type, "cron");
  fill(periodic.time_zone, "UTC");
}

}  // namespace

void canonicalize_constraints(std::vector<Constraint>& constraints) {
  for (Constraint& constraint : constraints) fill(constraint.operand, "=");
}

void canonicalize_affinities(std::vector<Affinity>& affinities) {
  for (Affinity& affinity : affinities) fill(affinity.operand, "=");
}

// 001: the value of a dynamic port is ignored.
void canonicalize_networks(std::vector<Network>& networks) {
  for (Network& network : networks) {
    for (Port& port : network.dynamic_ports) port.value = 0;
  }
}

void canonicalize_signal(std::string& signal) {
  signal = to_upper(signal);
}

void canonicalize(Job& job) {
  fill(job.name, job.id);
  fill(job.ns, kDefaultNamespace);
  fill(job.region, kDefaultRegion);
  fill(job.node_pool, kDefaultNodePool);
  if (job.periodic) canonicalize_periodic(*job.periodic);
  if (job.parameterized) fill(job.parameterized->payload, "optional");
  canonicalize_constraints(job.constraints);
  canonicalize_affinities(job.affinities);
  prepare_job_policies(job);
  for (TaskGroup& group : job.task_groups) canonicalize_group(group, job);
  complete_job_policies(job);
}

}  // namespace drover::model
