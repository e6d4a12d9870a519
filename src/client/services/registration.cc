#include "client/services/registration.h"

#include "base/strings.h"

#include <algorithm>

namespace drover::client {
namespace {

const model::AllocatedPort* find_port(const ServiceOwner& owner, const std::string& label) {
  const auto named = [&](const std::string& task) -> const model::AllocatedPort* {
    const auto it = std::ranges::find_if(
        owner.alloc.ports, [&](const model::AllocatedPort& port) { return port.task == task && port.label == label; });
    return it == owner.alloc.ports.end() ? nullptr : &*it;
  };
  if (!owner.task.empty()) {
    if (const auto* port = named(owner.task)) return port;
  }
  return named("");
}

std::string node_address(const ServiceOwner& owner) {
  return owner.node.networks.empty() ? std::string() : owner.node.networks.front().ip;
}

std::optional<int32_t> literal_port(const std::string& label) {
  const auto number = parse_uint(label);
  if (!number || *number == 0 || *number > model::kMaxPort) return std::nullopt;
  return static_cast<int32_t>(*number);
}

Result<Endpoint> host_endpoint(const ServiceOwner& owner, const std::string& label) {
  if (label.empty()) return Endpoint{.address = node_address(owner)};
  if (const auto* port = find_port(owner, label)) {
    return Endpoint{.address = port->host_ip.empty() ? node_address(owner) : port->host_ip, .port = port->value};
  }
  if (const auto number = literal_port(label)) return Endpoint{.address = node_address(owner), .port = *number};
  return err(ErrorCode::InvalidArgument, "there is no port \"{}\"", printable(label));
}

// In a network of its own a task answers where its port is mapped to, not on the host's port.
Result<Endpoint> endpoint_within(const std::string& address, const ServiceOwner& owner, const std::string& label) {
  if (label.empty()) return Endpoint{.address = address};
  if (const auto* port = find_port(owner, label)) {
    return Endpoint{.address = address, .port = port->to > 0 ? port->to : port->value};
  }
  if (const auto number = literal_port(label)) return Endpoint{.address = address, .port = *number};
  return err(ErrorCode::InvalidArgument, "there is no port \"{}\"", printable(label));
}

Result<Endpoint> driver_endpoint(const ServiceOwner& owner, const std::string& label) {
  if (!owner.network || owner.network->ip.empty()) {
    return err(ErrorCode::InvalidArgument, "address_mode \"driver\" needs a task with a network of its own");
  }
  const auto mapped = owner.network->port_map.find(label);
  if (!label.empty() && mapped != owner.network->port_map.end()) {
    return Endpoint{.address = owner.network->ip, .port = mapped->second};
  }
  return endpoint_within(owner.network->ip, owner, label);
}

Result<Endpoint> alloc_endpoint(const ServiceOwner& owner, const std::string& label) {
  if (owner.alloc_ip.empty()) {
    return err(ErrorCode::InvalidArgument, "address_mode \"alloc\" needs a group with a network of its own");
  }
  return endpoint_within(owner.alloc_ip, owner, label);
}

bool is_canary(const model::Allocation& alloc) {
  return alloc.deployment_status && alloc.deployment_status->canary;
}

}  // namespace

Result<Endpoint> resolve_endpoint(const ServiceOwner& owner, std::string_view mode, const std::string& label) {
  if (mode == "driver") return driver_endpoint(owner, label);
  if (mode == "host") return host_endpoint(owner, label);
  if (mode == "alloc") return alloc_endpoint(owner, label);
  if (mode == "auto" || mode.empty()) {
    return owner.network && owner.network->auto_advertise ? driver_endpoint(owner, label) : host_endpoint(owner, label);
  }
  return err(ErrorCode::InvalidArgument, "there is no address_mode \"{}\"", printable(mode));
}

Result<model::ServiceRegistration> make_registration(const ServiceOwner& owner, const model::Service& service) {
  auto endpoint = resolve_endpoint(owner, service.address_mode, service.port_label);
  if (!endpoint) return err(endpoint.error().context("service " + service.name));
  const std::string task = owner.task.empty() ? "group-" + owner.group : owner.task;
  model::ServiceRegistration out;
  out.id = fmt::format("_nomad-task-{}-{}-{}-{}", owner.alloc.id.str(), task, service.name, service.port_label);
  out.service_name = service.name;
  out.ns = owner.alloc.ns;
  out.node_id = owner.node.id;
  out.datacenter = owner.node.datacenter;
  out.job_id = owner.alloc.job_id;
  out.alloc_id = owner.alloc.id;
  out.task = owner.task;
  const bool canary = is_canary(owner.alloc);
  out.tags = canary && !service.canary_tags.empty() ? service.canary_tags : service.tags;
  out.meta = service.meta;
  if (canary && !service.canary_meta.empty()) out.meta = service.canary_meta;
  out.address = service.address.empty() ? std::move(endpoint->address) : service.address;
  out.port = endpoint->port;
  out.health = service.checks.empty() ? "passing" : "critical";
  return out;
}

model::Service interpolate_service(const model::Service& service, const model::Interpolator& interpolate) {
  model::Service out = service;
  const auto expand = [&](std::string& text) { text = interpolate(text); };
  const auto expand_all = [&](std::vector<std::string>& texts) { std::ranges::for_each(texts, expand); };
  const auto expand_map = [&](std::map<std::string, std::string>& map) {
    std::map<std::string, std::string> expanded;
    for (const auto& [key, value] : map) expanded[interpolate(key)] = interpolate(value);
    map = std::move(expanded);
  };
  expand(out.name);
  expand(out.port_label);
  expand(out.address);
  expand_all(out.tags);
  expand_all(out.canary_tags);
  expand_map(out.meta);
  expand_map(out.canary_meta);
  expand_map(out.tagged_addresses);
  for (auto& check : out.checks) {
    for (std::string* text :
         {&check.name, &check.command, &check.path, &check.protocol, &check.port_label, &check.method,
          &check.initial_status, &check.type, &check.body, &check.grpc_service, &check.tls_server_name, &check.notes}) {
      expand(*text);
    }
    expand_all(check.args);
    std::map<std::string, std::vector<std::string>> header;
    for (auto& [name, values] : check.header) {
      expand_all(values);
      header[interpolate(name)] = std::move(values);
    }
    check.header = std::move(header);
  }
  return out;
}

}  // namespace drover::client
