#pragma once

#include "agent/config.h"
#include "base/result.h"
#include "client/options.h"

#include <cstdint>
#include <string>
#include <vector>

namespace drover::agent {

// Where this agent listens, and what it tells others.
struct Addresses {
  std::string http_bind;
  std::string rpc_bind;
  std::string expose_bind;
  std::string http_advertise;        // "host:port"
  std::string rpc_advertise;         // "host:port"
  std::vector<std::string> servers;  // of a client: "host:port"
  std::vector<std::string>
      server_http;  // a guess at the same servers' HTTP APIs, with this agent's port: "http://host:port"

  // How a client in this process reaches the server in it.
  std::string own_rpc(uint16_t port) const;
};

// From bind_addr, addresses, advertise, ports and client.servers (facts section 4). Errors: what is no address.
Result<Addresses> resolve_addresses(const Config& config);

// The client's options. Errors: reserved ports that are none.
Result<client::ClientOptions> client_options(const Config& config, const std::string& name, const Addresses& addresses);

// "22,80,8500-8600" → the ports.
Result<std::vector<int32_t>> parse_ports(const std::string& text, const std::string& key);

}  // namespace drover::agent
