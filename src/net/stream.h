#pragma once

// For net's own .cc files only: brings in Asio.

#include "net/task.h"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

namespace drover::net {

struct IoResult {
  boost::system::error_code error;
  size_t bytes = 0;

  bool eof() const;
};

// A connected byte stream: TCP and unix sockets today. One read and one write may be pending at a time. Errors are
// values, also when the awaiting task is cancelled (operation_aborted).
class Stream {
 public:
  virtual ~Stream() = default;

  virtual Task<IoResult> read_some(std::span<char> into) = 0;
  // Some of the bytes of `first`, then `second`.
  virtual Task<IoResult> write_some(std::string_view first, std::string_view second) = 0;

  // Without waiting: operation would_block if nothing can be done now.
  virtual IoResult try_read(std::span<char> into) = 0;
  virtual IoResult try_write(std::string_view bytes) = 0;

  // Calls `ready` once, when there is something to read: bytes, or the peer's close. May be pending beside a read.
  // Never called after close().
  virtual void watch(std::function<void()> ready) = 0;

  virtual void shutdown_write() = 0;
  // Pending operations end with operation_aborted. Idempotent.
  virtual void close() = 0;
};

// Takes over a connected socket: close-on-exec, no delay.
std::unique_ptr<Stream> make_socket_stream(boost::asio::generic::stream_protocol::socket socket);

// Writes all of `bytes`.
Task<IoResult> write_all(Stream& stream, std::string_view bytes);

// "127.0.0.1:51234", "[::1]:80", or "unix".
struct PeerAddress {
  std::string host;  // "" for unix sockets.
  std::string text;
};
PeerAddress peer_address(const boost::asio::generic::stream_protocol::socket& socket);

struct FoundEndpoints {
  boost::system::error_code error;
  std::vector<boost::asio::ip::tcp::endpoint> endpoints;
};
// Of a host name or address.
Task<FoundEndpoints> find_endpoints(std::string host, uint16_t port);

// Connects to a socket path, or to a host name or address and port: the first of its addresses that answers. Fails with
// "connect 127.0.0.1:4646: connection refused".
Task<Result<std::unique_ptr<Stream>>> connect_unix(std::string path);
Task<Result<std::unique_ptr<Stream>>> connect_tcp(std::string host, uint16_t port);
Task<Result<boost::asio::generic::stream_protocol::socket>> connect_tcp_socket(std::string host, uint16_t port);

// "connection refused", "no such file or directory": lower case, as messages are.
std::string error_text(const boost::system::error_code& error);

}  // namespace drover::net
