#pragma once

#include "base/random.h"
#include "net/http.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// WebSocket (RFC 6455, version 13) over a connection that was upgraded: no extensions, no subprotocols.
namespace drover::net {

inline constexpr uint16_t kWebSocketNormal = 1000;
inline constexpr uint16_t kWebSocketProtocolError = 1002;
inline constexpr uint16_t kWebSocketTooBig = 1009;
inline constexpr uint16_t kWebSocketInternalError = 1011;

struct WebSocketClose {
  uint16_t code = 1005;  // 1005: the peer gave none
  std::string reason;
};

// One end of a WebSocket. One reader and one sender at a time, on one loop; pings are answered while reading.
class WebSocket {
 public:
  struct Options {
    Random* mask = nullptr;  // of a client, which has to mask what it sends; null: a server
    size_t max_message_bytes = 256 << 10;
  };

  // REQUIRES the channel, and the mask, outlive it.
  WebSocket(ByteChannel& channel, Options options) : channel_(channel), options_(options) {}
  WebSocket(const WebSocket&) = delete;
  WebSocket& operator=(const WebSocket&) = delete;

  // The next message, text or binary; nothing once the peer has closed (closed_with() says how). Unavailable if the
  // connection ends otherwise; InvalidArgument if the peer breaks the protocol or sends too much, which it is told.
  Task<Result<std::optional<std::string>>> read();
  Task<Status> send(std::string text);
  // Whether the peer is still there; its answer is read over. Counts as a sender.
  Task<Status> ping();
  // Nothing is sent after it.
  Task<Status> close(uint16_t code, std::string reason);

  const std::optional<WebSocketClose>& closed_with() const { return closed_with_; }

 private:
  struct Frame {
    uint8_t opcode = 0;
    bool final = true;
    std::string payload;
  };

  Result<std::optional<Frame>> take_frame();
  Task<Result<std::optional<Frame>>> read_frame();
  Task<Status> send_frame(uint8_t opcode, std::string payload);
  Task<Status> answer_close(std::string payload);

  ByteChannel& channel_;
  const Options options_;
  std::string input_;
  std::string message_;  // of fragments so far
  bool in_message_ = false;
  std::optional<WebSocketClose> closed_with_;
  bool close_sent_ = false;
  bool writing_ = false;
  Event written_;
};

// Whether the client asks for a WebSocket.
bool wants_websocket(const HttpRequest& request);

// The answer to a client that asks for one; `handler` gets the connection. InvalidArgument if the request is not a
// proper one.
Result<HttpResponse> accept_websocket(const HttpRequest& request, UpgradeHandler handler);

// What a client adds to its GET request; `key` is 16 random bytes in base64.
HttpHeaders websocket_headers(const std::string& key);
std::string websocket_key(Random& random);
// Whether the server's answer is to that key.
Status check_websocket_answer(const HttpHeaders& answer, const std::string& key);

}  // namespace drover::net
