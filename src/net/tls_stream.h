#pragma once

// For net's own .cc files only: brings in Asio.

#include "net/stream.h"
#include "net/tls.h"

#include <memory>
#include <string>

namespace drover::net {

// Connects and shakes hands. Errors name the endpoint: "connect https://10.0.0.1:443: certificate has expired".
Task<Result<std::unique_ptr<Stream>>> connect_tls(std::string host, uint16_t port, TlsClientOptions options);

}  // namespace drover::net
