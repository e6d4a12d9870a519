#include "api/session.h"

#include "api/errors.h"
#include "api/origin.h"
#include "net/websocket.h"
#include "rpc/messages.h"

#include <utility>

namespace drover::api {
namespace {

// For the client to answer our closing, so that it sees all that was sent before.
constexpr Duration kClosePatience = std::chrono::seconds(5);
constexpr uint16_t kFirstHttpCode = 4000;  // Nomad: 4404 is HTTP's 404

uint16_t close_code(const Error& error) {
  const int status = status_of(error.code());
  return status == 500 ? net::kWebSocketInternalError : static_cast<uint16_t>(kFirstHttpCode + status);
}

// The node's lines as messages, then the closing. Returns once the client has had time to see that.
net::Task<void> relay_output(server::CallStream& call, net::WebSocket& socket) {
  std::string pending;
  while (true) {
    const auto chunk = co_await call.next();
    if (!chunk) {
      std::ignore = co_await socket.close(close_code(chunk.error()), chunk.error().message());
      break;
    }
    if (!*chunk) {
      std::ignore = co_await socket.close(net::kWebSocketNormal, "");
      break;
    }
    pending += **chunk;
    size_t begin = 0;
    for (size_t end = pending.find('\n'); end != std::string::npos; end = pending.find('\n', begin)) {
      const auto sent = co_await socket.send(pending.substr(begin, end - begin));
      if (!sent) co_return;
      begin = end + 1;
    }
    pending.erase(0, begin);
  }
  co_await net::sleep_for(kClosePatience);
}

// Returns when the client has gone.
net::Task<void> relay_input(server::CallStream& call, net::WebSocket& socket, Handshake handshake) {
  bool skip = handshake == Handshake::First;
  while (true) {
    auto message = co_await socket.read();
    if (!message || !*message) co_return;
    if (std::exchange(skip, false)) continue;
    // An answer that has ended takes no more input; what comes is dropped until the client has seen that.
    std::ignore = co_await call.send(std::move(**message));
  }
}

net::Task<void> relay(std::shared_ptr<server::CallStream> call, net::ByteChannel& channel, Handshake handshake) {
  net::WebSocket socket(channel, {.max_message_bytes = rpc::kMaxCallInput});
  co_await net::run_either(relay_output(*call, socket), relay_input(*call, socket, handshake));
}

}  // namespace

Result<net::HttpResponse> open_session(const net::HttpRequest& request, std::shared_ptr<server::CallStream> call,
                                       Handshake handshake) {
  return net::accept_websocket(request, [call = std::move(call), handshake](net::ByteChannel& channel) {
    return relay(call, channel, handshake);
  });
}

Status check_session(const net::HttpRequest& request, const std::vector<std::string>& allowed_origins) {
  TRY(check_origin(request, allowed_origins, OriginRule::Always));
  const auto accepted = net::accept_websocket(request, nullptr);
  return accepted ? Status(Ok{}) : Status(err(accepted.error()));
}

}  // namespace drover::api
