#pragma once

#include <map>
#include <string>
#include <vector>

namespace drover::client {

// An address of the machine that ports can be bound to by name.
struct HostNetworkOptions {
  std::string cidr;       // addresses within it
  std::string interface;  // addresses of it
  std::vector<int32_t> reserved_ports;
};

// How allocations get networks of their own: Nomad's keys of the `client` block.
struct NetworkOptions {
  std::string cni_path = "/opt/cni/bin:/usr/lib/cni";  // folders of plugins, separated by colons
  std::string cni_config_dir = "/opt/cni/config";      // the operator's networks: "cni/<name>"
  std::string bridge_name = "nomad";
  std::string bridge_subnet = "172.26.64.0/20";
  bool bridge_hairpin_mode = false;  // an allocation reaches itself by the host's address
  std::map<std::string, HostNetworkOptions> host_networks;
};

}  // namespace drover::client
