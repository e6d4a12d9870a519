#include "codec/describe.h"
#include "model/integrations.h"

namespace drover::model {

using codec::kDestructive;
using codec::kLabel;
using codec::kOmitEmpty;
using codec::StructBuilder;

void describe(StructBuilder& d, Vault& r) {
  auto& [policies, role, ns, cluster, env, disable_file, change_mode, change_signal, allow_token_expiration] = r;
  d.name("Vault");
  d.field(1, policies, "Policies").hcl("policies");
  d.field(2, role, "Role").hcl("role").flags(kOmitEmpty);
  d.field(3, ns, "Namespace").hcl("namespace");
  d.field(4, cluster, "Cluster").hcl("cluster").flags(kOmitEmpty);
  d.field(5, env, "Env").hcl("env");
  d.field(6, disable_file, "DisableFile").hcl("disable_file").flags(kOmitEmpty);
  d.field(7, change_mode, "ChangeMode").hcl("change_mode");
  d.field(8, change_signal, "ChangeSignal").hcl("change_signal");
  d.field(9, allow_token_expiration, "AllowTokenExpiration").hcl("allow_token_expiration").flags(kOmitEmpty);
}

void describe(StructBuilder& d, Consul& r) {
  auto& [ns, cluster, partition] = r;
  d.name("Consul");
  d.field(1, ns, "Namespace").hcl("namespace").flags(kDestructive);
  d.field(2, cluster, "Cluster").hcl("cluster").flags(kDestructive | kOmitEmpty);
  d.field(3, partition, "Partition").hcl("partition").flags(kDestructive | kOmitEmpty);
}

void describe(StructBuilder& d, WorkloadIdentity& r) {
  auto& [name, audience, change_mode, change_signal, env, file, filepath, service_name, ttl, extra_claims] = r;
  d.name("Identity");
  d.field(1, name, "Name").hcl("name");
  d.field(2, audience, "Audience").hcl("aud");
  d.field(3, change_mode, "ChangeMode").hcl("change_mode");
  d.field(4, change_signal, "ChangeSignal").hcl("change_signal");
  d.field(5, env, "Env").hcl("env");
  d.field(6, file, "File").hcl("file");
  d.field(7, filepath, "Filepath").hcl("filepath");
  d.field(8, service_name, "ServiceName").hcl("service_name").flags(kOmitEmpty);
  d.field(9, ttl, "TTL").hcl("ttl");
  d.field(10, extra_claims, "ExtraClaims").hcl("extra_claims").flags(kOmitEmpty);
}

void describe(StructBuilder& d, SecretRequest& r) {
  auto& [name, provider, path, config, env] = r;
  d.name("Secret");
  d.field(1, name, "Name").flags(kLabel);
  d.field(2, provider, "Provider").hcl("provider");
  d.field(3, path, "Path").hcl("path");
  d.field(4, config, "Config").hcl("config");
  d.field(5, env, "Env").hcl("env");
}

}  // namespace drover::model
