#include "base/strings.h"
#include "model/canonicalize_parts.h"

namespace drover::model {
namespace {

void canonicalize_artifact(Artifact& artifact) {
  fill(artifact.mode, "any");
  if (!artifact.destination.empty()) return;
  artifact.destination = "local/";
  if (artifact.mode != "file") return;
  const std::string path = artifact.source.substr(0, artifact.source.find('?'));
  artifact.destination += path.substr(path.rfind('/') + 1);
}

void canonicalize_template(Template& file) {
  const Template defaults;
  fill(file.change_mode, defaults.change_mode);
  fill(file.perms, defaults.perms);
  fill(file.left_delim, defaults.left_delim);
  fill(file.right_delim, defaults.right_delim);
  canonicalize_signal(file.change_signal);
  // Nomad's clients send -1 for "not given", and empty blocks.
  if (file.uid == -1) file.uid.reset();
  if (file.gid == -1) file.gid.reset();
  if (file.wait && !file.wait->min && !file.wait->max) file.wait.reset();
}

void canonicalize_vault(Vault& vault) {
  fill(vault.cluster, "default");
  fill(vault.change_mode, "restart");
  canonicalize_signal(vault.change_signal);
  if (vault.change_mode == "signal") fill(vault.change_signal, "SIGHUP");
}

void canonicalize_resources(Resources& resources) {
  canonicalize_networks(resources.networks);
  if (resources.cores > 0 && resources.cpu == Resources{}.cpu) resources.cpu = 0;  // it follows from the cores
  if (resources.numa) fill(resources.numa->affinity, "none");
  for (RequestedDevice& device : resources.devices) {
    canonicalize_constraints(device.constraints);
    canonicalize_affinities(device.affinities);
  }
}

void canonicalize_csi_plugin(CsiPlugin& plugin) {
  plugin.type = to_lower(plugin.type);
  if (plugin.health_timeout == Duration::zero()) plugin.health_timeout = std::chrono::seconds(30);
}

void canonicalize_identities(Task& task) {
  if (task.identity) {
    fill(task.identity->name, "default");
    canonicalize_identity(*task.identity);
  }
  for (WorkloadIdentity& identity : task.identities) canonicalize_identity(identity);
}

void canonicalize_secret(SecretRequest& secret) {
  if (secret.config.is_null()) secret.config = codec::Value::Object{};
}

}  // namespace

void canonicalize_identity(WorkloadIdentity& identity) {
  canonicalize_signal(identity.change_signal);
}

void canonicalize_mounts(std::vector<VolumeMount>& mounts) {
  for (VolumeMount& mount : mounts) fill(mount.propagation_mode, "private");
}

void canonicalize_task(Task& task, const Job& job, const TaskGroup& group) {
  if (task.config.is_null()) task.config = codec::Value::Object{};
  canonicalize_signal(task.kill_signal);
  canonicalize_restart(task, group);
  for (Service& service : task.services) canonicalize_service(service, job, group, task.name);
  canonicalize_constraints(task.constraints);
  canonicalize_affinities(task.affinities);
  canonicalize_resources(task.resources);
  canonicalize_scaling(task);
  canonicalize_mounts(task.volume_mounts);
  canonicalize_identities(task);
  if (task.csi_plugin) canonicalize_csi_plugin(*task.csi_plugin);
  if (task.vault) canonicalize_vault(*task.vault);
  if (task.consul) fill(task.consul->cluster, "default");
  if (task.schedule && task.schedule->cron) fill(task.schedule->cron->time_zone, "Local");
  for (Artifact& artifact : task.artifacts) canonicalize_artifact(artifact);
  for (Template& file : task.templates) canonicalize_template(file);
  for (SecretRequest& secret : task.secrets) canonicalize_secret(secret);
}

}  // namespace drover::model
