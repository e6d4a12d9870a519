#include <set>

#include "base/duration.h"
#include "codec/value.h"
#include "model/validate_parts.h"

// Gateways of Consul's service mesh.
namespace drover::model {
namespace {

void validate_proxy(const GatewayProxy& proxy, const Problems& problems) {
  if (*proxy.connect_timeout < Duration::zero()) {
    problems.at("ConnectTimeout")
        .error("connect_timeout must not be negative, but is {}", format_duration(*proxy.connect_timeout));
  }
  if (!is_one_of(proxy.dns_discovery_type, {"", "LOGICAL_DNS", "STRICT_DNS"})) {
    problems.at("EnvoyDNSDiscoveryType")
        .error("unknown envoy_dns_discovery_type \"{}\", it must be LOGICAL_DNS or STRICT_DNS",
               printable(proxy.dns_discovery_type, 80));
  }
  for (const auto& [key, address] : proxy.bind_addresses) {
    const Problems place = problems.at("EnvoyGatewayBindAddresses").key(printable(key, 80));
    if (address.address.empty()) place.at("Address").error("the address to bind to is missing");
    if (address.port != -1 && (address.port < 1 || address.port > kMaxPort)) {
      place.at("Port").error("the port must be between 1 and {}, not {}", kMaxPort, address.port);
    }
  }
  if (!proxy.config.is_null() && !proxy.config.as_object()) {
    problems.at("Config").error("config must be an object, not a {}", proxy.config.type_name());
  }
}

void validate_ingress_service(const IngressService& service, bool tcp, const Problems& problems) {
  if (service.name.empty()) return problems.at("Name").error("the name of the service is missing");
  if (tcp && service.name == "*") problems.at("Name").error("the wildcard service needs protocol http, not tcp");
  if (tcp && !service.hosts.empty()) problems.at("Hosts").error("hosts need protocol http, http2 or grpc, not tcp");
  if (service.name == "*" && !service.hosts.empty()) problems.at("Hosts").error("the wildcard service has no hosts");
}

void validate_ingress(const IngressGateway& ingress, const Problems& problems) {
  if (ingress.listeners.empty()) problems.at("Listeners").error("an ingress gateway needs at least one listener");
  std::set<int32_t> ports;
  for (size_t i = 0; i < ingress.listeners.size(); ++i) {
    const IngressListener& listener = ingress.listeners[i];
    const Problems place = problems.at("Listeners", i);
    if (listener.port < 1 || listener.port > kMaxPort) {
      place.at("Port").error("the port must be between 1 and {}, not {}", kMaxPort, listener.port);
    } else if (!ports.insert(listener.port).second) {
      place.at("Port").error("two listeners have port {}", listener.port);
    }
    if (!is_one_of(listener.protocol, {"tcp", "http", "http2", "grpc"})) {
      place.at("Protocol")
          .error("unknown protocol \"{}\", it must be tcp, http, http2 or grpc", printable(listener.protocol, 80));
    }
    const bool tcp = listener.protocol == "tcp";
    if (listener.services.empty()) place.at("Services").error("a listener needs at least one service");
    if (tcp && listener.services.size() > 1) place.at("Services").error("a tcp listener has exactly one service");
    for (size_t s = 0; s < listener.services.size(); ++s) {
      validate_ingress_service(listener.services[s], tcp, place.at("Services", s));
    }
  }
}

void validate_terminating(const TerminatingGateway& terminating, const Problems& problems) {
  if (terminating.services.empty()) {
    problems.at("Services").error("a terminating gateway needs at least one service");
  }
  for (size_t i = 0; i < terminating.services.size(); ++i) {
    const LinkedService& service = terminating.services[i];
    const Problems place = problems.at("Services", i);
    if (service.name.empty()) place.at("Name").error("the name of the service is missing");
    if (service.cert_file.empty() != service.key_file.empty()) {
      place.error("cert_file and key_file are given together or not at all");
    }
    const bool tls = !service.cert_file.empty() || !service.key_file.empty() || !service.sni.empty();
    if (tls && service.ca_file.empty()) place.at("CAFile").error("TLS to the service needs a ca_file");
  }
}

}  // namespace

void validate_gateway(const ConsulGateway& gateway, const Problems& problems) {
  const int kinds =
      int{gateway.ingress.has_value()} + int{gateway.terminating.has_value()} + int{!gateway.mesh.is_null()};
  if (kinds != 1) {
    problems.error("a gateway is exactly one of ingress, terminating and mesh; {} are given", kinds);
  }
  if (gateway.proxy) validate_proxy(*gateway.proxy, problems.at("Proxy"));
  if (gateway.ingress) validate_ingress(*gateway.ingress, problems.at("Ingress"));
  if (gateway.terminating) validate_terminating(*gateway.terminating, problems.at("Terminating"));
  if (!gateway.mesh.is_null() && !gateway.mesh.as_object()) {
    problems.at("Mesh").error("mesh must be an object, not a {}", gateway.mesh.type_name());
  }
}

}  // namespace drover::model
