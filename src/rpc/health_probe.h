#pragma once

#include "base/clock.h"
#include "net/task.h"

#include <string>

namespace drover::rpc {

struct HealthProbe {
  std::string address;  // "10.0.0.1:9090", "[::1]:9090"
  std::string service;  // "": the server as a whole
  Duration timeout{0};
  bool tls = false;
  bool verify = true;       // the certificate, if tls
  std::string server_name;  // that the certificate is for; "": the address
};

// Asks a gRPC server for its health (grpc.health.v1.Health/Check): Ok if it says SERVING. Any loop.
net::Task<Status> probe_health(HealthProbe probe);

}  // namespace drover::rpc
