#pragma once

#include "base/clock.h"
#include "codec/fwd.h"
#include "codec/value.h"
#include "model/resources.h"
#include "model/task_parts.h"
#include "model/volume.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

// Consul's service mesh (facts 1.10).
namespace drover::model {

struct MeshGateway {
  std::string mode;  // "", "none", "local" or "remote"
};
void describe(codec::StructBuilder& d, MeshGateway& r);

struct ConsulUpstream {
  std::string destination_name;
  std::string destination_namespace;
  std::string destination_peer;
  std::string destination_type;
  std::string destination_partition;
  int32_t local_bind_port = 0;
  std::string datacenter;
  std::string local_bind_address;
  std::string local_bind_socket_path;
  std::string local_bind_socket_mode;
  std::optional<MeshGateway> mesh_gateway;
  codec::Value config;  // an object
};
void describe(codec::StructBuilder& d, ConsulUpstream& r);

struct ExposePath {
  std::string path;
  std::string protocol;
  int32_t local_path_port = 0;
  std::string listener_port;
};
void describe(codec::StructBuilder& d, ExposePath& r);

struct ExposeConfig {
  std::vector<ExposePath> paths;
};
void describe(codec::StructBuilder& d, ExposeConfig& r);

struct TransparentProxy {
  std::string uid;
  int32_t outbound_port = 0;
  std::vector<std::string> exclude_inbound_ports;
  std::vector<int32_t> exclude_outbound_ports;
  std::vector<std::string> exclude_outbound_cidrs;
  std::vector<std::string> exclude_uids;
  bool no_dns = false;
};
void describe(codec::StructBuilder& d, TransparentProxy& r);

struct SidecarProxy {
  std::string local_service_address;
  int32_t local_service_port = 0;
  std::vector<ConsulUpstream> upstreams;
  std::optional<ExposeConfig> expose;
  std::optional<TransparentProxy> transparent_proxy;
  codec::Value config;  // an object
};
void describe(codec::StructBuilder& d, SidecarProxy& r);

struct SidecarService {
  std::vector<std::string> tags;
  std::string port;
  bool disable_default_tcp_check = false;
  std::map<std::string, std::string> meta;
  std::optional<SidecarProxy> proxy;
};
void describe(codec::StructBuilder& d, SidecarService& r);

// What differs from the default proxy task.
struct SidecarTask {
  std::string name;
  std::string driver;
  std::string user;
  codec::Value config;  // an object
  std::map<std::string, std::string> env;
  std::optional<Resources> resources;
  std::map<std::string, std::string> meta;
  std::optional<LogConfig> logs;
  std::optional<Duration> kill_timeout;
  std::optional<Duration> shutdown_delay;
  std::string kill_signal;
  std::vector<VolumeMount> volume_mounts;
};
void describe(codec::StructBuilder& d, SidecarTask& r);

struct GatewayBindAddress {
  std::string name;  // its key in the map
  std::string address;
  int32_t port = 0;
};
void describe(codec::StructBuilder& d, GatewayBindAddress& r);

struct GatewayProxy {
  std::optional<Duration> connect_timeout;
  bool bind_tagged_addresses = false;
  std::map<std::string, GatewayBindAddress> bind_addresses;
  bool no_default_bind = false;
  std::string dns_discovery_type;
  codec::Value config;  // an object
};
void describe(codec::StructBuilder& d, GatewayProxy& r);

struct GatewayTls {
  bool enabled = false;
  std::string tls_min_version;
  std::string tls_max_version;
  std::vector<std::string> cipher_suites;
};
void describe(codec::StructBuilder& d, GatewayTls& r);

struct IngressService {
  std::string name;
  std::vector<std::string> hosts;
};
void describe(codec::StructBuilder& d, IngressService& r);

struct IngressListener {
  int32_t port = 0;
  std::string protocol;
  std::vector<IngressService> services;
};
void describe(codec::StructBuilder& d, IngressListener& r);

struct IngressGateway {
  std::optional<GatewayTls> tls;
  std::vector<IngressListener> listeners;
};
void describe(codec::StructBuilder& d, IngressGateway& r);

struct LinkedService {
  std::string name;
  std::string ca_file;
  std::string cert_file;
  std::string key_file;
  std::string sni;
};
void describe(codec::StructBuilder& d, LinkedService& r);

struct TerminatingGateway {
  std::vector<LinkedService> services;
};
void describe(codec::StructBuilder& d, TerminatingGateway& r);

struct ConsulGateway {
  std::optional<GatewayProxy> proxy;
  std::optional<IngressGateway> ingress;
  std::optional<TerminatingGateway> terminating;
  codec::Value mesh;  // an object without keys, where given
};
void describe(codec::StructBuilder& d, ConsulGateway& r);

struct ConsulConnect {
  bool native = false;
  std::optional<SidecarService> sidecar_service;
  std::optional<SidecarTask> sidecar_task;
  std::optional<ConsulGateway> gateway;
};
void describe(codec::StructBuilder& d, ConsulConnect& r);

}  // namespace drover::model
