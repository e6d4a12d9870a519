#include "base/log.h"
#include "client/fingerprint/fingerprint.h"
#include "sys/host.h"

#include <algorithm>
#include <optional>

namespace drover::client {
namespace {

constexpr int32_t kDefaultSpeed = 1000;  // Mbit/s, where the kernel does not know

std::optional<sys::NetworkInterface> choose_interface(const ClientOptions& options) {
  const auto all = sys::network_interfaces();
  const auto find = [&](auto condition) -> std::optional<sys::NetworkInterface> {
    const auto it = std::ranges::find_if(all, condition);
    return it == all.end() ? std::nullopt : std::optional(*it);
  };
  if (!options.network_ip.empty()) {
    // All of 127.0.0.0/8 is the loopback interface's, whether it is listed or not.
    return find([&](const sys::NetworkInterface& i) {
      return (i.loopback && options.network_ip.starts_with("127.")) ||
             std::ranges::any_of(i.addresses, [&](const auto& address) { return address.ip == options.network_ip; });
    });
  }
  if (!options.network_interface.empty()) {
    auto chosen = find([&](const sys::NetworkInterface& i) { return i.name == options.network_interface; });
    if (!chosen) log::warn("the configured network interface is not there", {{"name", options.network_interface}});
    return chosen;
  }
  if (options.dev_mode) return find([](const sys::NetworkInterface& i) { return i.loopback; });
  const auto primary = sys::primary_interface();
  return primary ? std::optional(*primary) : std::nullopt;
}

std::string best_address(const sys::NetworkInterface& interface) {
  std::string best;
  for (const auto& address : interface.addresses) {
    if (address.link_local) continue;
    if (!address.ipv6) return address.ip;
    if (best.empty()) best = address.ip;
  }
  return best;
}

}  // namespace

void fingerprint_network(const FingerprintContext& context, model::Node& node) {
  const auto interface = choose_interface(context.options);
  if (!interface) return;
  const std::string ip = context.options.network_ip.empty() ? best_address(*interface) : context.options.network_ip;
  if (ip.empty()) return;
  int32_t speed = context.options.network_speed;
  if (speed <= 0) speed = static_cast<int32_t>(interface->speed_mbits);
  if (speed <= 0) speed = kDefaultSpeed;
  node.networks = {{.device = interface->name, .ip = ip, .mbits = speed}};
  node.attributes["unique.network.ip-address"] = ip;
  node.attributes["unique.network.interface"] = interface->name;
}

}  // namespace drover::client
