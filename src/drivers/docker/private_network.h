#pragma once

#include "drivers/docker/api.h"
#include "drivers/docker/options.h"
#include "drivers/driver.h"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

// Networks of mode "private": one user-defined bridge of the engine for each allocation, on which its containers find
// each other by name. The firewall of the node keeps the containers of all of them from everything that is not the
// internet: the host itself, the networks that it is part of, the metadata service of its cloud.
namespace drover::drivers {

// The names of networks that belong to allocations of this agent. Loop thread only.
using KnownNetworks = std::unordered_set<std::string>;

std::string private_network_name(const std::string& alloc_id);

// The n-th /26 of the pool that an allocation tries, "10.213.4.64/26": a stable one first, then the next ones. "" after
// the last. REQUIRES a pool that check_private_networks() has nothing against.
std::string private_subnet(const std::string& pool, const std::string& alloc_id, size_t n);

// What is wrong with the operator's settings.
Status check_private_networks(const PrivateNetworkOptions& options);

// Whether the pool's traffic is let through as it is, because everything is allowed.
bool is_open(const PrivateNetworkOptions& options);

// The input of iptables-restore that makes the two chains for the pool, and their names: of what is forwarded, and of
// what is for the host. `resolvers`: the host's name servers, which containers may ask.
struct PrivateFirewall {
  std::string forwarded;
  std::string to_host;
  std::string rules;
};
PrivateFirewall private_firewall(const PrivateNetworkOptions& options, const std::vector<std::string>& resolvers);

// The name servers that a resolv.conf names, but for those on the host's loopback.
std::vector<std::string> resolvers_of(std::string_view resolv_conf);

// One at a time changes the firewall. Loop thread only.
struct FirewallTurn {
  bool taken = false;
  net::Notifier freed;
};

// The network's name. One that is there is used again. Unavailable if it cannot be protected.
net::Task<Result<std::string>> make_private_network(DriverContext context, std::shared_ptr<const DockerApi> api,
                                                    DockerOptions options, std::shared_ptr<FirewallTurn> turn,
                                                    std::string alloc_id);
// Nothing there is success.
net::Task<Status> remove_private_network(std::shared_ptr<const DockerApi> api, std::string name);

// Removes those of this node that are not known: their removal failed, or the agent lost its state.
net::Task<Status> sweep_private_networks(const DockerApi& api, const DockerOptions& options,
                                         const KnownNetworks& known);

}  // namespace drover::drivers
