#pragma once

#include "agent/config.h"
#include "base/result.h"
#include "expose/directory.h"
#include "expose/proxy.h"
#include "net/http_server.h"
#include "net/loop.h"
#include "server/frontend.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace drover::agent {

// Who knows the ways: the server in this process, or those that are asked over HTTP.
struct ExposeDeps {
  server::Frontend* frontend = nullptr;               // null: an agent without a server
  std::function<std::vector<std::string>()> servers;  // then: "http://10.0.0.1:4646"; any thread
  std::optional<model::NodeId> node;                  // of this agent
};

// The agent's proxy of exposed ports: a listener and a thread of its own.
class ExposeServer {
 public:
  // Listens. Errors: the address is taken, the certificate cannot be read.
  static Result<std::unique_ptr<ExposeServer>> start(const ExposeConfig& config, std::string address, ExposeDeps deps);
  // Idempotent; before the server that it asks is stopped.
  void stop();
  ~ExposeServer();

  uint16_t port() const { return port_; }

 private:
  ExposeServer() = default;

  std::unique_ptr<net::Loop> loop_;
  std::unique_ptr<expose::RouteSource> routes_;
  std::unique_ptr<expose::Proxy> proxy_;
  std::unique_ptr<net::HttpServer> http_;
  uint16_t port_ = 0;
};

// Where other agents find the proxy, for the node's attribute: "http://10.0.0.1:4650"; "" without one.
std::string expose_advertise(const Config& config, const std::string& http_advertise);

// What follows "<id>." in the addresses of exposed ports: the domain, and the port unless the scheme implies it.
// "" without a proxy.
std::string expose_authority(const ExposeConfig& config);

}  // namespace drover::agent
