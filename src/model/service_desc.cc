#include "codec/describe.h"
#include "model/service.h"

namespace drover::model {

using codec::kOmitEmpty;
using codec::StructBuilder;

void describe(StructBuilder& d, CheckRestart& r) {
  auto& [limit, grace, ignore_warnings] = r;
  d.name("CheckRestart");
  d.field(1, limit, "Limit").hcl("limit");
  d.field(2, grace, "Grace").hcl("grace");
  d.field(3, ignore_warnings, "IgnoreWarnings").hcl("ignore_warnings");
}

void describe(StructBuilder& d, Check& r) {
  auto& [id, name, type, command, args, path, protocol, port_label, address_mode, interval, timeout, initial_status,
         tls_skip_verify, method, header, check_restart, task_name, body, expose, on_update, success_before_passing,
         failures_before_critical, failures_before_warning, grpc_service, grpc_use_tls, tls_server_name, advertise,
         notes] = r;
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
  d.field(17, task_name, "TaskName").hcl("task");
  d.field(18, body, "Body").hcl("body");
  d.field(19, expose, "Expose").hcl("expose");
  d.field(20, on_update, "OnUpdate").hcl("on_update");
  d.field(21, success_before_passing, "SuccessBeforePassing").hcl("success_before_passing");
  d.field(22, failures_before_critical, "FailuresBeforeCritical").hcl("failures_before_critical");
  d.field(23, failures_before_warning, "FailuresBeforeWarning").hcl("failures_before_warning").flags(kOmitEmpty);
  d.field(24, grpc_service, "GRPCService").hcl("grpc_service");
  d.field(25, grpc_use_tls, "GRPCUseTLS").hcl("grpc_use_tls");
  d.field(26, tls_server_name, "TLSServerName").hcl("tls_server_name").flags(kOmitEmpty);
  d.field(27, advertise, "Advertise").hcl("advertise").flags(kOmitEmpty);
  d.field(28, notes, "Notes").hcl("notes").flags(kOmitEmpty);
}

void describe(StructBuilder& d, ServiceWeights& r) {
  auto& [passing, warning] = r;
  d.name("Weights");
  d.field(1, passing, "Passing").hcl("passing");
  d.field(2, warning, "Warning").hcl("warning");
}

void describe(StructBuilder& d, Service& r) {
  auto& [id, name, tags, port_label, address_mode, checks, check_restart, task_name, on_update, provider, cluster,
         address, enable_tag_override, canary_tags, meta, canary_meta, tagged_addresses, weights, identity, kind,
         connect] = r;
  d.name("Service");
  d.field(1, id, "Id").hcl("id");
  d.field(2, name, "Name").hcl("name");
  d.field(3, tags, "Tags").hcl("tags");
  d.field(4, port_label, "PortLabel").hcl("port");
  d.field(5, address_mode, "AddressMode").hcl("address_mode");
  d.field(6, checks, "Checks").hcl("check");
  d.field(7, check_restart, "CheckRestart").hcl("check_restart").flags(kOmitEmpty);
  d.field(8, task_name, "TaskName").hcl("task").flags(kOmitEmpty);
  d.field(9, on_update, "OnUpdate").hcl("on_update");
  d.field(10, provider, "Provider").hcl("provider");
  d.field(11, cluster, "Cluster").hcl("cluster").flags(kOmitEmpty);
  d.field(12, address, "Address").hcl("address").flags(kOmitEmpty);
  d.field(13, enable_tag_override, "EnableTagOverride").hcl("enable_tag_override");
  d.field(14, canary_tags, "CanaryTags").hcl("canary_tags");
  d.field(15, meta, "Meta").hcl("meta");
  d.field(16, canary_meta, "CanaryMeta").hcl("canary_meta");
  d.field(17, tagged_addresses, "TaggedAddresses").hcl("tagged_addresses").flags(kOmitEmpty);
  d.field(18, weights, "Weights").hcl("weights").flags(kOmitEmpty);
  d.field(19, identity, "Identity").hcl("identity").flags(kOmitEmpty);
  d.field(20, kind, "Kind").hcl("kind").flags(kOmitEmpty);
  d.field(21, connect, "Connect").hcl("connect");
}

}  // namespace drover::model
