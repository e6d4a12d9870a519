#include <map>
#include <set>

#include "codec/value.h"
#include "model/validate_parts.h"

// Consul's service mesh. What a gateway is made of is in validate_gateway.cc.
namespace drover::model {
namespace {

void validate_object(const codec::Value& value, const Problems& problems) {
  if (!value.is_null() && !value.as_object()) problems.error("it must be an object, not a {}", value.type_name());
}

void validate_host_port(int32_t port, const char* name, const Problems& problems) {
  if (port < 0 || port > kMaxPort) problems.error("{} must be between 1 and {}, not {}", name, kMaxPort, port);
}

void validate_upstream(const ConsulUpstream& upstream, const Problems& problems) {
  if (upstream.destination_name.empty()) problems.at("DestinationName").error("the name of the upstream is missing");
  const bool socket = !upstream.local_bind_socket_path.empty();
  const Problems at_port = problems.at("LocalBindPort");
  if (upstream.local_bind_port == 0 && !socket) {
    at_port.error("the local_bind_port is missing: where the task finds the upstream");
  } else if (upstream.local_bind_port != 0 && socket) {
    at_port.error("local_bind_port and local_bind_socket_path exclude each other");
  }
  validate_host_port(upstream.local_bind_port, "local_bind_port", at_port);
  if (upstream.mesh_gateway && !is_one_of(upstream.mesh_gateway->mode, {"", "none", "local", "remote"})) {
    problems.at("MeshGateway")
        .at("Mode")
        .error("unknown mode \"{}\", it must be none, local or remote", printable(upstream.mesh_gateway->mode, 80));
  }
  if (!is_one_of(upstream.destination_type, {"", "service", "prepared_query"})) {
    problems.at("DestinationType")
        .error("unknown destination_type \"{}\", it must be service or prepared_query",
               printable(upstream.destination_type, 80));
  }
  validate_object(upstream.config, problems.at("Config"));
}

void validate_upstreams(std::span<const ConsulUpstream> upstreams, const Problems& problems) {
  std::map<std::pair<std::string, int32_t>, std::string> ports;
  for (size_t i = 0; i < upstreams.size(); ++i) {
    const ConsulUpstream& upstream = upstreams[i];
    const Problems place = problems.element(i);
    validate_upstream(upstream, place);
    if (upstream.local_bind_port == 0) continue;
    const auto address = std::pair(upstream.local_bind_address, upstream.local_bind_port);
    const auto [it, added] = ports.emplace(address, upstream.destination_name);
    if (!added) {
      place.at("LocalBindPort")
          .error("port {} is also that of upstream \"{}\"", upstream.local_bind_port, printable(it->second, 80));
    }
  }
}

void validate_expose(const ExposeConfig& expose, const TaskGroup& group, const Problems& problems) {
  for (size_t i = 0; i < expose.paths.size(); ++i) {
    const ExposePath& path = expose.paths[i];
    const Problems place = problems.at("Path", i);
    if (!path.path.starts_with('/')) {
      place.at("Path").error("the exposed path must begin with a slash, not be \"{}\"", printable(path.path, 80));
    }
    if (!is_one_of(path.protocol, {"http", "http2", "grpc"})) {
      place.at("Protocol").error("protocol must be http or http2, not \"{}\"", printable(path.protocol, 80));
    }
    if (path.local_path_port == 0) place.at("LocalPathPort").error("the local_path_port is missing");
    validate_host_port(path.local_path_port, "local_path_port", place.at("LocalPathPort"));
    if (path.listener_port.empty()) {
      place.at("ListenerPort").error("the listener_port is missing: a port of the group's network");
    } else if (!has_port(group.networks, path.listener_port) && !is_open(path.listener_port)) {
      place.at("ListenerPort").error("the group's network has no port \"{}\"", printable(path.listener_port, 80));
    }
  }
}

void validate_transparent_proxy(const TransparentProxy& proxy, const Problems& problems) {
  validate_host_port(proxy.outbound_port, "outbound_port", problems.at("OutboundPort"));
  for (size_t i = 0; i < proxy.exclude_outbound_ports.size(); ++i) {
    const int32_t port = proxy.exclude_outbound_ports[i];
    if (port >= 1 && port <= kMaxPort) continue;
    problems.at("ExcludeOutboundPorts", i).error("port {} must be between 1 and {}", port, kMaxPort);
  }
  const auto number = [](const std::string& text) { return is_open(text) || parse_uint(text).has_value(); };
  if (!proxy.uid.empty() && !number(proxy.uid)) {
    problems.at("UID").error("uid \"{}\" must be a number", printable(proxy.uid, 80));
  }
  for (size_t i = 0; i < proxy.exclude_uids.size(); ++i) {
    if (number(proxy.exclude_uids[i])) continue;
    problems.at("ExcludeUIDs", i).error("\"{}\" must be the number of a user", printable(proxy.exclude_uids[i], 80));
  }
  for (size_t i = 0; i < proxy.exclude_outbound_cidrs.size(); ++i) {
    if (proxy.exclude_outbound_cidrs[i].find('/') != std::string::npos) continue;
    problems.at("ExcludeOutboundCIDRs", i)
        .error("\"{}\" is no network such as 10.0.0.0/8", printable(proxy.exclude_outbound_cidrs[i], 80));
  }
}

void validate_sidecar(const SidecarService& sidecar, const TaskGroup& group, const Problems& problems) {
  if (!sidecar.port.empty() && !is_open(sidecar.port) && !has_port(group.networks, sidecar.port)) {
    problems.at("Port").error("the group's network has no port \"{}\"", printable(sidecar.port, 80));
  }
  validate_meta(sidecar.meta, problems.at("Meta"));
  if (!sidecar.proxy) return;
  const Problems place = problems.at("Proxy");
  validate_host_port(sidecar.proxy->local_service_port, "local_service_port", place.at("LocalServicePort"));
  validate_upstreams(sidecar.proxy->upstreams, place.at("Upstreams"));
  validate_object(sidecar.proxy->config, place.at("Config"));
  if (sidecar.proxy->expose) validate_expose(*sidecar.proxy->expose, group, place.at("ExposeConfig"));
  if (sidecar.proxy->transparent_proxy) {
    validate_transparent_proxy(*sidecar.proxy->transparent_proxy, place.at("TransparentProxy"));
  }
}

void validate_sidecar_task(const SidecarTask& task, const TaskGroup& group, const Problems& problems) {
  if (!task.name.empty()) validate_name("task name", task.name, problems.at("Name"));
  validate_object(task.config, problems.at("Config"));
  validate_env(task.env, problems.at("Env"));
  validate_meta(task.meta, problems.at("Meta"));
  if (!task.kill_signal.empty()) validate_signal(task.kill_signal, problems.at("KillSignal"));
  if (*task.kill_timeout < Duration::zero()) problems.at("KillTimeout").error("kill_timeout must not be negative");
  if (*task.shutdown_delay < Duration::zero()) {
    problems.at("ShutdownDelay").error("shutdown_delay must not be negative");
  }
  if (task.resources) validate_resources(*task.resources, problems.at("Resources"));
  if (task.logs) validate_logs(*task.logs, group.ephemeral_disk, problems.at("LogConfig"));
  validate_mounts(task.volume_mounts, group, problems.at("VolumeMounts"));
}

// A proxy stands in the network of its group, and needs one that it can stand in.
void validate_mesh_network(const ConsulConnect& connect, const TaskGroup& group, const Problems& problems) {
  if (connect.native) return;
  const std::string mode = group.networks.size() == 1 ? group.networks[0].mode : std::string();
  if (group.networks.size() != 1) {
    problems.error("connect needs a network block in the group, such as network {{ mode = \"bridge\" }}");
  } else if (connect.sidecar_service && mode != "bridge" && !mode.starts_with("cni/")) {
    problems.error("a sidecar needs a group network of mode bridge, not {}", mode.empty() ? "host" : mode);
  } else if (connect.gateway && mode == "none") {
    problems.error("a gateway needs a group network of mode bridge or host, not none");
  }
}

}  // namespace

void validate_connect(const Service& service, const TaskGroup& group, const Task* task, const Problems& problems) {
  const ConsulConnect& connect = *service.connect;
  const Problems place = problems.at("Connect");
  const int kinds = int{connect.native} + int{connect.sidecar_service.has_value()} + int{connect.gateway.has_value()};
  if (kinds != 1) {
    place.error("connect is exactly one of native, a sidecar_service and a gateway; {} are given", kinds);
  }
  if (task && !connect.native) place.error("a sidecar or a gateway is possible in a service of a group only");
  if (connect.native && !task && service.task_name.empty()) {
    place.error("a service that is native to the mesh must say which task it is: set task");
  }
  if (connect.sidecar_task && connect.native) place.at("SidecarTask").error("a native service has no sidecar_task");
  if (!task) validate_mesh_network(connect, group, place);
  if (connect.sidecar_service) validate_sidecar(*connect.sidecar_service, group, place.at("SidecarService"));
  if (connect.sidecar_task) validate_sidecar_task(*connect.sidecar_task, group, place.at("SidecarTask"));
  if (connect.gateway) validate_gateway(*connect.gateway, place.at("Gateway"));
}

}  // namespace drover::model
