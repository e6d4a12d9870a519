#pragma once

#include "client/network/network_options.h"
#include "sys/host.h"

#include <map>
#include <string>
#include <vector>

namespace drover::client {

// Name → address, for those that this machine has an address for. Pure.
std::map<std::string, std::string> find_host_networks(const std::map<std::string, HostNetworkOptions>& wanted,
                                                      const std::vector<sys::NetworkInterface>& interfaces);

}  // namespace drover::client
