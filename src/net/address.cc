#include "net/address.h"

#include "base/strings.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace drover::net {
namespace {

constexpr size_t kV4Bytes = 4;

struct Address {
  std::array<uint8_t, 16> bytes{};
  size_t size = 0;
};

struct Network {
  Address address;
  size_t prefix = 0;  // bits
};

constexpr std::string_view kLoopback[] = {"127.0.0.0/8", "0.0.0.0/8", "::1", "::"};
// fd00:ec2:: is Amazon's.
constexpr std::string_view kLinkLocal[] = {"169.254.0.0/16", "fe80::/10", "fd00:ec2::/32"};
constexpr std::string_view kLocal[] = {"10.0.0.0/8",   "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
                                       "192.0.0.0/24", "198.18.0.0/15", "224.0.0.0/3",    "fc00::/7",
                                       "fec0::/10",    "ff00::/8"};

std::optional<Address> parse_address(std::string_view text) {
  const std::string address(text.substr(0, text.find('%')));
  Address out;
  if (::inet_pton(AF_INET, address.c_str(), out.bytes.data()) == 1) {
    out.size = kV4Bytes;
  } else if (::inet_pton(AF_INET6, address.c_str(), out.bytes.data()) == 1) {
    out.size = out.bytes.size();
  } else {
    return std::nullopt;
  }
  return out;
}

std::optional<Network> parse_network(std::string_view cidr) {
  const size_t slash = cidr.find('/');
  const auto address = parse_address(cidr.substr(0, slash));
  if (!address) return std::nullopt;
  const size_t bits = address->size * 8;
  if (slash == std::string_view::npos) return Network{.address = *address, .prefix = bits};
  const auto prefix = parse_uint(cidr.substr(slash + 1));
  if (!prefix || *prefix > bits) return std::nullopt;
  return Network{.address = *address, .prefix = *prefix};
}

bool contains(const Network& network, const Address& address) {
  if (network.address.size != address.size) return false;
  for (size_t bit = 0; bit < network.prefix; ++bit) {
    const auto mask = static_cast<uint8_t>(0x80 >> (bit % 8));
    if (((network.address.bytes[bit / 8] ^ address.bytes[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

// ::ffff:a.b.c.d, 64:ff9b::/96 of NAT64 and 2002::/16 of 6to4 lead to an IPv4 address.
Address embedded(const Address& address) {
  struct Wrapping {
    std::string_view cidr;
    size_t at;
  };
  static constexpr Wrapping kWrappings[] = {{"::ffff:0:0/96", 12}, {"64:ff9b::/96", 12}, {"2002::/16", 2}};
  for (const auto& [cidr, at] : kWrappings) {
    if (!contains(*parse_network(cidr), address)) continue;
    Address inner{.size = kV4Bytes};
    std::copy_n(address.bytes.begin() + static_cast<std::ptrdiff_t>(at), kV4Bytes, inner.bytes.begin());
    return inner;
  }
  return address;
}

bool is_in(std::span<const std::string_view> networks, const Address& address) {
  return std::ranges::any_of(networks, [&](std::string_view cidr) { return contains(*parse_network(cidr), address); });
}

}  // namespace

std::optional<AddressKind> kind_of_address(std::string_view text) {
  const auto given = parse_address(text);
  if (!given) return std::nullopt;
  const Address address = embedded(*given);
  if (is_in(kLoopback, address)) return AddressKind::Loopback;
  if (is_in(kLinkLocal, address)) return AddressKind::LinkLocal;
  return is_in(kLocal, address) ? AddressKind::Local : AddressKind::Public;
}

std::string host_port(std::string_view host, int port) {
  const bool ipv6 = host.find(':') != std::string_view::npos;
  return fmt::format(fmt::runtime(ipv6 ? "[{}]:{}" : "{}:{}"), host, port);
}

bool is_network(std::string_view cidr) {
  return parse_network(cidr).has_value();
}

bool is_within(std::string_view cidr, std::string_view text) {
  const auto network = parse_network(cidr);
  const auto address = parse_address(text);
  return network && address && contains(*network, *address);
}

}  // namespace drover::net
