#pragma once

#include <optional>
#include <string>
#include <string_view>

// IP addresses as text: which networks they belong to. Pure.
namespace drover::net {

enum class AddressKind : uint8_t {
  Loopback,   // this machine's own
  LinkLocal,  // also where clouds hand out credentials
  Local,      // of a network of somebody's own: a LAN, a provider's inside, multicast
  Public,
};

// "10.0.0.1", "fe80::1%eth0". An IPv4 address inside an IPv6 one is what counts. Nothing: it is no address.
std::optional<AddressKind> kind_of_address(std::string_view address);

// As it stands in a URL: "10.0.0.1:80", "[::1]:80", "name:80".
std::string host_port(std::string_view host, int port);

// "10.0.0.0/8" or "10.1.2.3".
bool is_network(std::string_view cidr);
// Whether the network has the address. False also for what is no address.
bool is_within(std::string_view cidr, std::string_view address);

}  // namespace drover::net
