#include "codec/describe.h"
#include "model/task.h"

namespace drover::model {

using codec::EnumName;
using codec::kDestructive;
using codec::kLabel;
using codec::kOmitEmpty;
using codec::kSecret;
using codec::StructBuilder;

void describe(StructBuilder& d, LogConfig& r) {
  auto& [max_files, max_file_size_mb, disabled] = r;
  d.name("LogConfig");
  d.field(1, max_files, "MaxFiles").hcl("max_files");
  d.field(2, max_file_size_mb, "MaxFileSizeMB").hcl("max_file_size");
  d.field(3, disabled, "Disabled").hcl("disabled").flags(kDestructive | kOmitEmpty);
}

void describe(StructBuilder& d, Artifact& r) {
  auto& [source, options, mode, destination, headers, insecure, chown] = r;
  d.name("Artifact");
  d.field(1, source, "GetterSource").hcl("source");
  d.field(2, options, "GetterOptions").hcl("options");
  d.field(3, mode, "GetterMode").hcl("mode");
  d.field(4, destination, "RelativeDest").hcl("destination");
  d.field(5, headers, "GetterHeaders").hcl("headers");
  d.field(6, insecure, "GetterInsecure").hcl("insecure").flags(kOmitEmpty);
  d.field(7, chown, "Chown").hcl("chown").flags(kOmitEmpty);
}

void describe(StructBuilder& d, TemplateWait& r) {
  auto& [min, max] = r;
  d.name("Wait");
  d.field(1, min, "Min").hcl("min");
  d.field(2, max, "Max").hcl("max");
}

void describe(StructBuilder& d, ChangeScript& r) {
  auto& [command, args, timeout, fail_on_error] = r;
  d.name("ChangeScript");
  d.field(1, command, "Command").hcl("command");
  d.field(2, args, "Args").hcl("args");
  d.field(3, timeout, "Timeout").hcl("timeout");
  d.field(4, fail_on_error, "FailOnError").hcl("fail_on_error");
}

void describe(StructBuilder& d, Template& r) {
  auto& [source_path, dest_path, embedded, change_mode, change_signal, splay, perms, left_delim, right_delim, envvars,
         vault_grace, wait, change_script, once, uid, gid, error_on_missing_key] = r;
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
  d.field(12, wait, "Wait").hcl("wait").flags(kOmitEmpty);
  d.field(13, change_script, "ChangeScript").hcl("change_script").flags(kOmitEmpty);
  d.field(14, once, "Once").hcl("once").flags(kOmitEmpty);
  d.field(15, uid, "Uid").hcl("uid").flags(kOmitEmpty);
  d.field(16, gid, "Gid").hcl("gid").flags(kOmitEmpty);
  d.field(17, error_on_missing_key, "ErrMissingKey").hcl("error_on_missing_key").flags(kOmitEmpty);
}

void describe(StructBuilder& d, Lifecycle& r) {
  auto& [hook, sidecar] = r;
  d.name("Lifecycle");
  d.field(1, hook, "Hook").hcl("hook");
  d.field(2, sidecar, "Sidecar").hcl("sidecar");
}

void describe(StructBuilder& d, Action& r) {
  auto& [name, command, args] = r;
  d.name("Action");
  d.field(1, name, "Name").flags(kLabel);
  d.field(2, command, "Command").hcl("command");
  d.field(3, args, "Args").hcl("args");
}

void describe(StructBuilder& d, CronWindow& r) {
  auto& [start, end, time_zone] = r;
  d.name("CronWindow");
  d.field(1, start, "Start").hcl("start");
  d.field(2, end, "End").hcl("end");
  d.field(3, time_zone, "Timezone").hcl("timezone");
}

void describe(StructBuilder& d, Schedule& r) {
  auto& [cron] = r;
  d.name("Schedule");
  d.field(1, cron, "Cron").hcl("cron");
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

void describe(StructBuilder& d, TaskResult& r) {
  auto& [name, pattern, streams] = r;
  d.name("Result");
  d.field(1, name, "Name").flags(kLabel);
  d.field(2, pattern, "Pattern").hcl("pattern");
  d.field(3, streams, "Streams").hcl("streams");
}

void describe(StructBuilder& d, EndpointCheck& r) {
  auto& [type, path, method, expected_status, expected_response, headers, body, continuous] = r;
  d.name("EndpointCheck");
  d.field(1, type, "Type").hcl("type");
  d.field(2, path, "Path").hcl("path");
  d.field(3, method, "Method").hcl("method");
  d.field(4, expected_status, "ExpectedStatus").hcl("expected_status");
  d.field(5, expected_response, "ExpectedResponse").hcl("expected_response");
  d.field(6, headers, "Headers").hcl("headers");
  d.field(7, body, "Body").hcl("body");
  d.field(8, continuous, "Continuous").hcl("continuous");
}

void describe(StructBuilder& d, Endpoint& r) {
  auto& [port, type, checks] = r;
  d.name("Endpoint");
  d.field(1, port, "Port").flags(kLabel);
  d.field(2, type, "Type").hcl("type");
  d.field(3, checks, "Checks").hcl("check");
}

void describe(StructBuilder& d, AssetBucket& r) {
  auto& [url, files] = r;
  d.name("AssetBucket");
  d.field(1, url, "URL").hcl("url");
  d.field(2, files, "Files").hcl("files");
}

void describe(StructBuilder& d, Asset& r) {
  auto& [type, target, url, bucket, buckets, repo, model, revision, files, writable, region, access_key_id,
         secret_access_key, access_token] = r;
  d.name("Asset");
  d.field(1, type, "Type").hcl("type");
  d.field(2, target, "Target").hcl("target");
  d.field(3, url, "URL").hcl("url");
  d.field(4, bucket, "Bucket").hcl("bucket").flags(kOmitEmpty);
  d.field(5, buckets, "Buckets").hcl("buckets").flags(kOmitEmpty);
  d.field(6, repo, "Repo").hcl("repo").flags(kOmitEmpty);
  d.field(7, model, "Model").hcl("model").flags(kOmitEmpty);
  d.field(8, revision, "Revision").hcl("revision").flags(kOmitEmpty);
  d.field(9, files, "Files").hcl("files").flags(kOmitEmpty);
  d.field(10, writable, "Writable").hcl("writable").flags(kOmitEmpty);
  d.field(11, region, "Region").hcl("region").flags(kOmitEmpty);
  d.field(12, access_key_id, "AccessKeyID").hcl("access_key_id").flags(kOmitEmpty);
  d.field(13, secret_access_key, "SecretAccessKey").hcl("secret_access_key").flags(kOmitEmpty | kSecret);
  d.field(14, access_token, "AccessToken").hcl("access_token").flags(kOmitEmpty | kSecret);
}

void describe(StructBuilder& d, Task& r) {
  auto& [name, driver, user, config, env, services, constraints, resources, meta, artifacts, templates,
         dispatch_payload, depends_on, logs, leader, kill_timeout, kill_signal, shutdown_delay, restart, affinities,
         lifecycle, volume_mounts, csi_plugin, vault, consul, identity, identities, actions, schedule, secrets,
         scaling_policies, kind, stage, stop_with_dependencies, results, endpoints, private_endpoints, assets,
         literals] = r;
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
  d.field(20, affinities, "Affinities").hcl("affinity").flags(kDestructive);
  d.field(21, lifecycle, "Lifecycle").hcl("lifecycle");
  d.field(22, volume_mounts, "VolumeMounts").hcl("volume_mount").flags(kDestructive);
  d.field(23, csi_plugin, "CSIPluginConfig").hcl("csi_plugin").flags(kDestructive);
  d.field(24, vault, "Vault").hcl("vault").flags(kDestructive);
  d.field(25, consul, "Consul").hcl("consul").flags(kOmitEmpty);
  d.field(26, identity, "Identity").flags(kDestructive | kOmitEmpty);
  d.field(27, identities, "Identities").hcl("identity").flags(kDestructive | kOmitEmpty);
  d.field(28, actions, "Actions").hcl("action").flags(kOmitEmpty);
  d.field(29, schedule, "Schedule").hcl("schedule").flags(kOmitEmpty);
  d.field(30, secrets, "Secrets").hcl("secret").flags(kDestructive | kOmitEmpty);
  d.field(31, scaling_policies, "ScalingPolicies").hcl("scaling");
  d.field(32, kind, "Kind").hcl("kind");
  d.field(33, stage, "Stage").hcl("stage").flags(kDestructive | kOmitEmpty);
  d.field(34, stop_with_dependencies, "StopWithDependencies").hcl("stop_with_dependencies").flags(kOmitEmpty);
  d.field(35, results, "Results").hcl("result").flags(kOmitEmpty);
  d.field(36, endpoints, "Expose").hcl("expose").flags(kDestructive | kOmitEmpty);
  d.field(37, private_endpoints, "PrivateEndpoints").hcl("private_endpoints").flags(kDestructive | kOmitEmpty);
  d.field(38, assets, "Assets").hcl("asset").flags(kDestructive | kOmitEmpty);
  d.field(39, literals, "Literals").hcl("literals").flags(kDestructive | kOmitEmpty);
}

}  // namespace drover::model
