#include "codec/describe.h"
#include "model/connect.h"

namespace drover::model {

using codec::kLabel;
using codec::kOmitEmpty;
using codec::StructBuilder;

void describe(StructBuilder& d, MeshGateway& r) {
  auto& [mode] = r;
  d.name("MeshGateway");
  d.field(1, mode, "Mode").hcl("mode");
}

void describe(StructBuilder& d, ConsulUpstream& r) {
  auto& [destination_name, destination_namespace, destination_peer, destination_type, destination_partition,
         local_bind_port, datacenter, local_bind_address, local_bind_socket_path, local_bind_socket_mode, mesh_gateway,
         config] = r;
  d.name("Upstream");
  d.field(1, destination_name, "DestinationName").hcl("destination_name");
  d.field(2, destination_namespace, "DestinationNamespace").hcl("destination_namespace");
  d.field(3, destination_peer, "DestinationPeer").hcl("destination_peer").flags(kOmitEmpty);
  d.field(4, destination_type, "DestinationType").hcl("destination_type").flags(kOmitEmpty);
  d.field(5, destination_partition, "DestinationPartition").hcl("destination_partition").flags(kOmitEmpty);
  d.field(6, local_bind_port, "LocalBindPort").hcl("local_bind_port");
  d.field(7, datacenter, "Datacenter").hcl("datacenter");
  d.field(8, local_bind_address, "LocalBindAddress").hcl("local_bind_address");
  d.field(9, local_bind_socket_path, "LocalBindSocketPath").hcl("local_bind_socket_path").flags(kOmitEmpty);
  d.field(10, local_bind_socket_mode, "LocalBindSocketMode").hcl("local_bind_socket_mode").flags(kOmitEmpty);
  d.field(11, mesh_gateway, "MeshGateway").hcl("mesh_gateway");
  d.field(12, config, "Config").hcl("config");
}

void describe(StructBuilder& d, ExposePath& r) {
  auto& [path, protocol, local_path_port, listener_port] = r;
  d.name("ExposePath");
  d.field(1, path, "Path").hcl("path");
  d.field(2, protocol, "Protocol").hcl("protocol");
  d.field(3, local_path_port, "LocalPathPort").hcl("local_path_port");
  d.field(4, listener_port, "ListenerPort").hcl("listener_port");
}

void describe(StructBuilder& d, ExposeConfig& r) {
  auto& [paths] = r;
  d.name("ExposeConfig");
  d.field(1, paths, "Path").hcl("path");
}

void describe(StructBuilder& d, TransparentProxy& r) {
  auto& [uid, outbound_port, exclude_inbound_ports, exclude_outbound_ports, exclude_outbound_cidrs, exclude_uids,
         no_dns] = r;
  d.name("TransparentProxy");
  d.field(1, uid, "UID").hcl("uid");
  d.field(2, outbound_port, "OutboundPort").hcl("outbound_port");
  d.field(3, exclude_inbound_ports, "ExcludeInboundPorts").hcl("exclude_inbound_ports");
  d.field(4, exclude_outbound_ports, "ExcludeOutboundPorts").hcl("exclude_outbound_ports");
  d.field(5, exclude_outbound_cidrs, "ExcludeOutboundCIDRs").hcl("exclude_outbound_cidrs");
  d.field(6, exclude_uids, "ExcludeUIDs").hcl("exclude_uids");
  d.field(7, no_dns, "NoDNS").hcl("no_dns");
}

void describe(StructBuilder& d, SidecarProxy& r) {
  auto& [local_service_address, local_service_port, upstreams, expose, transparent_proxy, config] = r;
  d.name("SidecarProxy");
  d.field(1, local_service_address, "LocalServiceAddress").hcl("local_service_address");
  d.field(2, local_service_port, "LocalServicePort").hcl("local_service_port");
  d.field(3, upstreams, "Upstreams").hcl("upstreams");
  d.field(4, expose, "ExposeConfig").hcl("expose");
  d.field(5, transparent_proxy, "TransparentProxy").hcl("transparent_proxy").flags(kOmitEmpty);
  d.field(6, config, "Config").hcl("config");
}

void describe(StructBuilder& d, SidecarService& r) {
  auto& [tags, port, disable_default_tcp_check, meta, proxy] = r;
  d.name("SidecarService");
  d.field(1, tags, "Tags").hcl("tags");
  d.field(2, port, "Port").hcl("port");
  d.field(3, disable_default_tcp_check, "DisableDefaultTCPCheck").hcl("disable_default_tcp_check");
  d.field(4, meta, "Meta").hcl("meta").flags(kOmitEmpty);
  d.field(5, proxy, "Proxy").hcl("proxy");
}

void describe(StructBuilder& d, SidecarTask& r) {
  auto& [name, driver, user, config, env, resources, meta, logs, kill_timeout, shutdown_delay, kill_signal,
         volume_mounts] = r;
  d.name("SidecarTask");
  d.field(1, name, "Name").hcl("name");
  d.field(2, driver, "Driver").hcl("driver");
  d.field(3, user, "User").hcl("user");
  d.field(4, config, "Config").hcl("config");
  d.field(5, env, "Env").hcl("env");
  d.field(6, resources, "Resources").hcl("resources");
  d.field(7, meta, "Meta").hcl("meta");
  d.field(8, logs, "LogConfig").hcl("logs");
  d.field(9, kill_timeout, "KillTimeout").hcl("kill_timeout");
  d.field(10, shutdown_delay, "ShutdownDelay").hcl("shutdown_delay");
  d.field(11, kill_signal, "KillSignal").hcl("kill_signal");
  d.field(12, volume_mounts, "VolumeMounts").hcl("volume_mount").flags(kOmitEmpty);
}

void describe(StructBuilder& d, GatewayBindAddress& r) {
  auto& [name, address, port] = r;
  d.name("GatewayAddress");
  d.field(1, name, "Name").flags(kLabel);
  d.field(2, address, "Address").hcl("address");
  d.field(3, port, "Port").hcl("port");
}

void describe(StructBuilder& d, GatewayProxy& r) {
  auto& [connect_timeout, bind_tagged_addresses, bind_addresses, no_default_bind, dns_discovery_type, config] = r;
  d.name("GatewayProxy");
  d.field(1, connect_timeout, "ConnectTimeout").hcl("connect_timeout");
  d.field(2, bind_tagged_addresses, "EnvoyGatewayBindTaggedAddresses").hcl("envoy_gateway_bind_tagged_addresses");
  d.field(3, bind_addresses, "EnvoyGatewayBindAddresses").hcl("envoy_gateway_bind_addresses");
  d.field(4, no_default_bind, "EnvoyGatewayNoDefaultBind").hcl("envoy_gateway_no_default_bind");
  d.field(5, dns_discovery_type, "EnvoyDNSDiscoveryType").hcl("envoy_dns_discovery_type");
  d.field(6, config, "Config").hcl("config");
}

void describe(StructBuilder& d, GatewayTls& r) {
  auto& [enabled, tls_min_version, tls_max_version, cipher_suites] = r;
  d.name("GatewayTLS");
  d.field(1, enabled, "Enabled").hcl("enabled");
  d.field(2, tls_min_version, "TLSMinVersion").hcl("tls_min_version").flags(kOmitEmpty);
  d.field(3, tls_max_version, "TLSMaxVersion").hcl("tls_max_version").flags(kOmitEmpty);
  d.field(4, cipher_suites, "CipherSuites").hcl("cipher_suites").flags(kOmitEmpty);
}

void describe(StructBuilder& d, IngressService& r) {
  auto& [name, hosts] = r;
  d.name("IngressService");
  d.field(1, name, "Name").hcl("name");
  d.field(2, hosts, "Hosts").hcl("hosts");
}

void describe(StructBuilder& d, IngressListener& r) {
  auto& [port, protocol, services] = r;
  d.name("IngressListener");
  d.field(1, port, "Port").hcl("port");
  d.field(2, protocol, "Protocol").hcl("protocol");
  d.field(3, services, "Services").hcl("service");
}

void describe(StructBuilder& d, IngressGateway& r) {
  auto& [tls, listeners] = r;
  d.name("Ingress");
  d.field(1, tls, "TLS").hcl("tls");
  d.field(2, listeners, "Listeners").hcl("listener");
}

void describe(StructBuilder& d, LinkedService& r) {
  auto& [name, ca_file, cert_file, key_file, sni] = r;
  d.name("LinkedService");
  d.field(1, name, "Name").hcl("name");
  d.field(2, ca_file, "CAFile").hcl("ca_file");
  d.field(3, cert_file, "CertFile").hcl("cert_file");
  d.field(4, key_file, "KeyFile").hcl("key_file");
  d.field(5, sni, "SNI").hcl("sni");
}

void describe(StructBuilder& d, TerminatingGateway& r) {
  auto& [services] = r;
  d.name("Terminating");
  d.field(1, services, "Services").hcl("service");
}

void describe(StructBuilder& d, ConsulGateway& r) {
  auto& [proxy, ingress, terminating, mesh] = r;
  d.name("Gateway");
  d.field(1, proxy, "Proxy").hcl("proxy");
  d.field(2, ingress, "Ingress").hcl("ingress");
  d.field(3, terminating, "Terminating").hcl("terminating");
  d.field(4, mesh, "Mesh").hcl("mesh");
}

void describe(StructBuilder& d, ConsulConnect& r) {
  auto& [native, sidecar_service, sidecar_task, gateway] = r;
  d.name("Connect");
  d.field(1, native, "Native").hcl("native");
  d.field(2, sidecar_service, "SidecarService").hcl("sidecar_service");
  d.field(3, sidecar_task, "SidecarTask").hcl("sidecar_task");
  d.field(4, gateway, "Gateway").hcl("gateway");
}

}  // namespace drover::model
