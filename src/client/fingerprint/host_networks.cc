#include "client/fingerprint/host_networks.h"

#include "base/log.h"
#include "base/strings.h"
#include "client/fingerprint/fingerprint.h"

#include <algorithm>
#include <array>
#include <optional>

#include <arpa/inet.h>

namespace drover::client {
namespace {

struct Address {
  std::array<unsigned char, 16> bytes{};
  size_t bits = 0;
};

std::optional<Address> parse_address(const std::string& text) {
  Address out;
  if (::inet_pton(AF_INET, text.c_str(), out.bytes.data()) == 1) {
    out.bits = 32;
  } else if (::inet_pton(AF_INET6, text.c_str(), out.bytes.data()) == 1) {
    out.bits = 128;
  } else {
    return std::nullopt;
  }
  return out;
}

bool matches(const HostNetworkOptions& wanted, const sys::NetworkInterface& interface,
             const sys::NetworkAddress& address) {
  if (!wanted.interface.empty() && wanted.interface != interface.name) return false;
  if (!wanted.cidr.empty()) return is_within(wanted.cidr, address.ip);
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

bool is_within(const std::string& cidr, const std::string& ip) {
  const size_t slash = cidr.find('/');
  const auto network = parse_address(cidr.substr(0, slash));
  const auto address = parse_address(ip);
  if (!network || !address || network->bits != address->bits) return false;
  const auto prefix = slash == std::string::npos ? network->bits : parse_uint(cidr.substr(slash + 1)).value_or(999);
  if (prefix > network->bits) return false;
  for (size_t bit = 0; bit < prefix; bit++) {
    const auto mask = static_cast<unsigned char>(0x80 >> (bit % 8));
    if (((network->bytes[bit / 8] ^ address->bytes[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

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
