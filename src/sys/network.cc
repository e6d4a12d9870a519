#include "base/strings.h"
#include "sys/files.h"
#include "sys/host.h"
#include "sys/os_error.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <cerrno>
#include <map>
#include <memory>
#include <set>

namespace drover::sys {

namespace {

// Interfaces of IPv4 default routes in /proc/net/route: destination 00000000, mask 00000000.
std::set<std::string> default_route_interfaces() {
  std::set<std::string> names;
  for (const std::string& line : split(read_file("/proc/net/route").value_or(""), '\n')) {
    const auto fields = split(line, '\t');
    if (fields.size() > 7 && fields[1] == "00000000" && fields[7] == "00000000") names.insert(fields[0]);
  }
  // /proc/net/ipv6_route: destination, its prefix length, …, flags, name; the loopback's are reject routes.
  for (const std::string& line : split(read_file("/proc/net/ipv6_route").value_or(""), '\n')) {
    if (!line.starts_with("00000000000000000000000000000000 00 ")) continue;
    const size_t space = line.find_last_of(' ');
    const std::string name(trim(std::string_view(line).substr(space)));
    if (name != "lo") names.insert(name);
  }
  return names;
}

std::optional<NetworkAddress> to_address(const sockaddr* address) {
  char text[INET6_ADDRSTRLEN];
  if (address != nullptr && address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    if (::inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text) == nullptr) return std::nullopt;
    const bool link_local = (ntohl(v4->sin_addr.s_addr) >> 16) == 0xa9fe;  // 169.254/16
    return NetworkAddress{.ip = text, .ipv6 = false, .link_local = link_local};
  }
  if (address != nullptr && address->sa_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
    if (::inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text) == nullptr) return std::nullopt;
    return NetworkAddress{.ip = text, .ipv6 = true, .link_local = IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr) != 0};
  }
  return std::nullopt;
}

}  // namespace

std::vector<NetworkInterface> network_interfaces() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return {};
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, ::freeifaddrs);
  const auto routed = default_route_interfaces();
  std::map<std::string, NetworkInterface> by_name;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    NetworkInterface& interface = by_name[entry->ifa_name];
    interface.name = entry->ifa_name;
    interface.up = (entry->ifa_flags & IFF_UP) != 0;
    interface.loopback = (entry->ifa_flags & IFF_LOOPBACK) != 0;
    if (auto address = to_address(entry->ifa_addr)) interface.addresses.push_back(std::move(*address));
  }
  std::vector<NetworkInterface> out;
  for (auto& [name, interface] : by_name) {
    const std::string sysfs = "/sys/class/net/" + name;
    interface.default_route = routed.contains(name);
    interface.mac = std::string(trim(read_file(sysfs + "/address", 4096).value_or("")));
    // "-1" and EINVAL both mean unknown.
    interface.speed_mbits =
        static_cast<uint32_t>(parse_uint(trim(read_file(sysfs + "/speed", 4096).value_or(""))).value_or(0));
    out.push_back(std::move(interface));
  }
  return out;
}

Result<NetworkInterface> primary_interface() {
  const auto all = network_interfaces();
  const NetworkInterface* best = nullptr;
  int best_rank = 0;
  for (const NetworkInterface& interface : all) {
    if (interface.addresses.empty()) continue;
    int rank = 1;
    if (interface.up && !interface.loopback) rank = interface.default_route ? 3 : 2;
    if (rank > best_rank) best = &interface, best_rank = rank;
  }
  if (best == nullptr) return err(ErrorCode::NotFound, "no network interface has an address");
  return *best;
}

}  // namespace drover::sys
