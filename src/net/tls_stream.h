#pragma once

// For net's own .cc files only: brings in Asio.

#include "net/stream.h"
#include "net/tls.h"

#include <memory>
#include <string>

namespace drover::net {

// Connects and shakes hands. Errors name the endpoint: "connect https://10.0.0.1:443: certificate has expired".
Task<Result<std::unique_ptr<Stream>>> connect_tls(std::string host, uint16_t port, TlsClientOptions options);

// The server's side of a connection that was accepted. Shakes hands within 10 seconds.
Task<Result<std::unique_ptr<Stream>>> accept_tls(boost::asio::generic::stream_protocol::socket socket,
                                                 std::shared_ptr<const TlsServerContext> context);

}  // namespace drover::net
