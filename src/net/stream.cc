#include "net/stream.h"

#include "base/strings.h"
#include "net/address.h"

#include <array>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace drover::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Socket = asio::generic::stream_protocol::socket;

constexpr auto kValues = asio::as_tuple(asio::use_awaitable);

class SocketStream final : public Stream {
 public:
  explicit SocketStream(Socket socket) : socket_(std::move(socket)) {
    error_code ignored;
    socket_.non_blocking(true, ignored);
    const int fd = socket_.native_handle();
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    const int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);  // Fails harmlessly on a unix socket.
  }

  Task<IoResult> read_some(std::span<char> into) override {
    const auto [error, bytes] = co_await socket_.async_read_some(asio::buffer(into.data(), into.size()), kValues);
    co_return IoResult{error, bytes};
  }

  Task<IoResult> write_some(std::string_view first, std::string_view second) override {
    const std::array<asio::const_buffer, 2> buffers = {asio::buffer(first), asio::buffer(second)};
    const auto [error, bytes] = co_await socket_.async_write_some(buffers, kValues);
    co_return IoResult{error, bytes};
  }

  IoResult try_read(std::span<char> into) override {
    IoResult result;
    result.bytes = socket_.read_some(asio::buffer(into.data(), into.size()), result.error);
    return result;
  }

  IoResult try_write(std::string_view bytes) override {
    IoResult result;
    result.bytes = socket_.write_some(asio::buffer(bytes), result.error);
    return result;
  }

  void watch(std::function<void()> ready) override {
    socket_.async_wait(Socket::wait_read, [ready = std::move(ready)](const error_code& error) {
      if (!error) ready();
    });
  }

  void shutdown_write() override {
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
  }

  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  Socket socket_;
};

tl::unexpected<Error> connect_error(const std::string& target, const error_code& error) {
  const auto code = error == asio::error::operation_aborted ? ErrorCode::Cancelled : ErrorCode::Unavailable;
  return err(code, "connect {}: {}", target, error_text(error));
}

}  // namespace

bool IoResult::eof() const {
  return error == asio::error::eof;
}

std::string error_text(const error_code& error) {
  if (error == asio::error::eof) return "connection closed by peer";
  std::string text = error.message();
  if (text.size() > 1 && text[1] >= 'a' && text[1] <= 'z') text[0] = to_lower(text.substr(0, 1))[0];
  return text;
}

std::unique_ptr<Stream> make_socket_stream(Socket socket) {
  return std::make_unique<SocketStream>(std::move(socket));
}

Task<IoResult> write_all(Stream& stream, std::string_view bytes) {
  IoResult total;
  while (total.bytes < bytes.size()) {
    const IoResult result = co_await stream.write_some(bytes.substr(total.bytes), {});
    total.bytes += result.bytes;
    total.error = result.error;
    if (result.error) break;
  }
  co_return total;
}

PeerAddress peer_address(const Socket& socket) {
  error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  if (error) return {"", "unknown"};
  char text[INET6_ADDRSTRLEN] = {};
  if (endpoint.data()->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(endpoint.data());
    inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
    return {text, host_port(text, ntohs(v4->sin_port))};
  }
  if (endpoint.data()->sa_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(endpoint.data());
    if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
      inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], text, sizeof text);
    } else {
      inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
    }
    return {text, host_port(text, ntohs(v6->sin6_port))};
  }
  return {"", "unix"};
}

Task<Result<std::unique_ptr<Stream>>> connect_unix(std::string path) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    co_return err(ErrorCode::InvalidArgument, "socket path \"{}\" is longer than {} bytes", path,
                  sizeof(sockaddr_un::sun_path) - 1);
  }
  const auto executor = co_await asio::this_coro::executor;
  asio::local::stream_protocol::socket socket(executor);
  const asio::local::stream_protocol::endpoint endpoint(path);
  const auto [error] = co_await socket.async_connect(endpoint, kValues);
  if (error) co_return connect_error("unix://" + path, error);
  co_return make_socket_stream(Socket(std::move(socket)));
}

Task<Result<std::unique_ptr<Stream>>> connect_tcp(std::string host, uint16_t port) {
  auto socket = co_await connect_tcp_socket(std::move(host), port);
  if (!socket) co_return err(socket.error());
  co_return make_socket_stream(std::move(*socket));
}

Task<FoundEndpoints> find_endpoints(std::string host, uint16_t port) {
  FoundEndpoints found;
  const auto address = asio::ip::make_address(host, found.error);
  if (!found.error) {
    found.endpoints.emplace_back(address, port);
    co_return found;
  }
  asio::ip::tcp::resolver resolver(co_await asio::this_coro::executor);
  const auto [error, results] = co_await resolver.async_resolve(host, std::to_string(port), kValues);
  found.error = error;
  for (const auto& entry : results) found.endpoints.push_back(entry.endpoint());
  co_return found;
}

Task<Result<Socket>> connect_tcp_socket(std::string host, uint16_t port) {
  const auto executor = co_await asio::this_coro::executor;
  const std::string target = host_port(host, port);
  auto [last, endpoints] = co_await find_endpoints(host, port);
  if (last) co_return connect_error(target, last);
  for (const auto& endpoint : endpoints) {
    asio::ip::tcp::socket socket(executor);
    const auto [error] = co_await socket.async_connect(endpoint, kValues);
    if (!error) co_return Socket(std::move(socket));
    last = error;
    if (error == asio::error::operation_aborted) break;
  }
  co_return connect_error(target, last);
}

}  // namespace drover::net
