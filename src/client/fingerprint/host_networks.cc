#include "client/fingerprint/host_networks.h"

#include "base/log.h"
#include "client/fingerprint/fingerprint.h"
#include "net/address.h"

#include <algorithm>
#include <optional>

namespace drover::client {
namespace {

bool matches(const HostNetworkOptions& wanted, const sys::NetworkInterface& interface,
             const sys::NetworkAddress& address) {
  if (!wanted.interface.empty() && wanted.interface != interface.name) return false;
  if (!wanted.cidr.empty()) return net::is_within(wanted.cidr, address.ip);
  return !wanted.interface.empty() && !address.link_local;
}

std::optional<std::string> find_address(const HostNetworkOptions& wanted,
                                        const std::vector<sys::NetworkInterface>& interfaces) {
  for (const auto& interface : interfaces) {
    for (const auto& address : interface.addresses) {
      if (matches(wanted, interface, address)) return address.ip;
    }
  }
  return std::nullopt;
}

}  // namespace

std::map<std::string, std::string> find_host_networks(const std::map<std::string, HostNetworkOptions>& wanted,
                                                      const std::vector<sys::NetworkInterface>& interfaces) {
  std::map<std::string, std::string> out;
  for (const auto& [name, network] : wanted) {
    if (auto address = find_address(network, interfaces)) out[name] = std::move(*address);
  }
  return out;
}

void fingerprint_host_networks(const FingerprintContext& context, model::Node& node) {
  const auto& wanted = context.options.network.host_networks;
  node.host_networks = find_host_networks(wanted, sys::network_interfaces());
  for (const auto& [name, network] : wanted) {
    if (!node.host_networks.contains(name))
      log::warn("no address of this machine is on a host network", {{"name", name}});
    auto& ports = node.reserved.ports;
    ports.insert(ports.end(), network.reserved_ports.begin(), network.reserved_ports.end());
  }
  std::ranges::sort(node.reserved.ports);
  node.reserved.ports.erase(std::ranges::unique(node.reserved.ports).begin(), node.reserved.ports.end());
}

}  // namespace drover::client
