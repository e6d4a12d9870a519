#include "net/websocket.h"

#include "base/strings.h"

#include <utility>

#include <openssl/sha.h>

namespace drover::net {
namespace {

// RFC 6455 §5.2 and §1.3.
constexpr uint8_t kContinuation = 0x0;
constexpr uint8_t kText = 0x1;
constexpr uint8_t kBinary = 0x2;
constexpr uint8_t kClose = 0x8;
constexpr uint8_t kPing = 0x9;
constexpr uint8_t kPong = 0xa;
constexpr uint8_t kFinalBit = 0x80;
constexpr uint8_t kReservedBits = 0x70;
constexpr uint8_t kMaskBit = 0x80;
constexpr size_t kMaxControlPayload = 125;
constexpr std::string_view kAcceptSalt = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

bool is_control(uint8_t opcode) {
  return (opcode & 0x8) != 0;
}

uint64_t read_number(std::string_view bytes) {
  uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<uint8_t>(c);
  return value;
}

void append_number(std::string& out, uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

void apply_mask(std::string& payload, std::string_view mask) {
  for (size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(payload[i] ^ mask[i % 4]);
}

std::string accept_key(std::string_view key) {
  const std::string salted = std::string(key) + std::string(kAcceptSalt);
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(salted.data()), salted.size(), digest);
  return base64_encode({reinterpret_cast<const char*>(digest), sizeof digest});
}

// The sender's turn ends with it.
class WritingTurn {
 public:
  WritingTurn(bool& writing, const Event& written) : writing_(writing), written_(written) { writing_ = true; }
  ~WritingTurn() {
    writing_ = false;
    written_.set();
  }
  WritingTurn(const WritingTurn&) = delete;
  WritingTurn& operator=(const WritingTurn&) = delete;

 private:
  bool& writing_;
  const Event written_;
};

}  // namespace

// ---- Frames

// Takes one whole frame from the front of input_; nothing if there is none yet.
Result<std::optional<WebSocket::Frame>> WebSocket::take_frame() {
  const std::string_view in = input_;
  if (in.size() < 2) return std::optional<Frame>();
  const auto first = static_cast<uint8_t>(in[0]);
  const auto second = static_cast<uint8_t>(in[1]);
  Frame frame{.opcode = static_cast<uint8_t>(first & 0x0f), .final = (first & kFinalBit) != 0};
  const bool masked = (second & kMaskBit) != 0;
  if ((first & kReservedBits) != 0) return err(ErrorCode::InvalidArgument, "a frame of an extension");
  if (masked != (options_.mask == nullptr)) return err(ErrorCode::InvalidArgument, "a frame with the wrong masking");
  uint64_t size = second & 0x7f;
  if (is_control(frame.opcode) && (size > kMaxControlPayload || !frame.final)) {
    return err(ErrorCode::InvalidArgument, "a control frame that is too long");
  }
  const size_t length_bytes = size == 126 ? 2 : size == 127 ? 8 : 0;
  const size_t header = 2 + length_bytes + (masked ? 4 : 0);
  if (in.size() < header) return std::optional<Frame>();
  if (length_bytes > 0) size = read_number(in.substr(2, length_bytes));
  if (size > options_.max_message_bytes || message_.size() + size > options_.max_message_bytes) {
    return err(ErrorCode::ResourceExhausted, "a message of more than {} bytes", options_.max_message_bytes);
  }
  if (in.size() < header + size) return std::optional<Frame>();
  frame.payload = in.substr(header, size);
  if (masked) apply_mask(frame.payload, in.substr(header - 4, 4));
  input_.erase(0, header + size);
  return std::optional(std::move(frame));
}

Task<Result<std::optional<WebSocket::Frame>>> WebSocket::read_frame() {
  while (true) {
    auto frame = take_frame();
    if (!frame) {
      const bool too_big = frame.error().code() == ErrorCode::ResourceExhausted;
      const uint16_t code = too_big ? kWebSocketTooBig : kWebSocketProtocolError;
      std::ignore = co_await close(code, frame.error().message());
      co_return err(ErrorCode::InvalidArgument, "the peer sent {}", frame.error().message());
    }
    if (*frame) co_return std::move(*frame);
    auto bytes = co_await channel_.read_some();
    if (!bytes) co_return err(bytes.error());
    if (!*bytes) co_return err(ErrorCode::Unavailable, "the connection was closed");
    input_ += **bytes;
  }
}

Task<Status> WebSocket::send_frame(uint8_t opcode, std::string payload) {
  while (writing_) co_await written_.wait();
  if (close_sent_) co_return err(ErrorCode::Cancelled, "the connection is closed");
  if (opcode == kClose) close_sent_ = true;
  const WritingTurn turn(writing_, written_);
  const uint8_t mask_bit = options_.mask != nullptr ? kMaskBit : 0;
  std::string frame(1, static_cast<char>(kFinalBit | opcode));
  if (payload.size() < 126) {
    frame += static_cast<char>(mask_bit | payload.size());
  } else if (payload.size() <= 0xffff) {
    frame += static_cast<char>(mask_bit | 126);
    append_number(frame, payload.size(), 2);
  } else {
    frame += static_cast<char>(mask_bit | 127);
    append_number(frame, payload.size(), 8);
  }
  if (options_.mask != nullptr) {
    std::string mask;
    append_number(mask, options_.mask->next() & 0xffffffff, 4);
    apply_mask(payload, mask);
    frame += mask;
  }
  frame += payload;
  co_return co_await channel_.write(std::move(frame));
}

// ---- Messages

Task<Result<std::optional<std::string>>> WebSocket::read() {
  while (!closed_with_) {
    auto next = co_await read_frame();
    if (!next) co_return err(next.error());
    Frame& frame = **next;
    switch (frame.opcode) {
      case kPing: {
        const auto sent = co_await send_frame(kPong, std::move(frame.payload));
        if (!sent) co_return err(sent.error());
        continue;
      }
      case kPong:
        continue;
      case kClose:
        std::ignore = co_await answer_close(std::move(frame.payload));
        continue;
      case kText:
      case kBinary:
      case kContinuation:
        break;
      default:
        std::ignore = co_await close(kWebSocketProtocolError, "unknown frame");
        co_return err(ErrorCode::InvalidArgument, "the peer sent a frame of an unknown kind");
    }
    if ((frame.opcode == kContinuation) != in_message_) {
      std::ignore = co_await close(kWebSocketProtocolError, "fragments out of order");
      co_return err(ErrorCode::InvalidArgument, "the peer sent fragments out of order");
    }
    message_ += frame.payload;
    in_message_ = !frame.final;
    if (frame.final) co_return std::optional(std::exchange(message_, {}));
  }
  co_return std::optional<std::string>();
}

Task<Status> WebSocket::answer_close(std::string payload) {
  WebSocketClose close;
  if (payload.size() >= 2) {
    close = {.code = static_cast<uint16_t>(read_number(std::string_view(payload).substr(0, 2))),
             .reason = payload.substr(2)};
  }
  closed_with_ = std::move(close);
  if (close_sent_) co_return Ok{};
  co_return co_await send_frame(kClose, payload.substr(0, 2));
}

Task<Status> WebSocket::send(std::string text) {
  return send_frame(kText, std::move(text));
}

Task<Status> WebSocket::ping() {
  return send_frame(kPing, "");
}

Task<Status> WebSocket::close(uint16_t code, std::string reason) {
  std::string payload;
  append_number(payload, code, 2);
  payload += printable(reason, kMaxControlPayload - 2).substr(0, kMaxControlPayload - 2);
  while (!is_valid_utf8(std::string_view(payload).substr(2))) payload.pop_back();
  return send_frame(kClose, std::move(payload));
}

// ---- The handshake

bool wants_websocket(const HttpRequest& request) {
  return request.headers.has_token("Upgrade", "websocket");
}

Result<HttpResponse> accept_websocket(const HttpRequest& request, UpgradeHandler handler) {
  if (request.method != "GET" || !wants_websocket(request) || !request.headers.has_token("Connection", "Upgrade")) {
    return err(ErrorCode::InvalidArgument,
               "this path needs a WebSocket: the headers Upgrade and Connection are missing");
  }
  if (request.headers.get("Sec-WebSocket-Version") != "13") {
    return err(ErrorCode::InvalidArgument, "Sec-WebSocket-Version has to be 13");
  }
  const auto key = base64_decode(request.headers.get("Sec-WebSocket-Key"));
  if (!key || key->size() != 16)
    return err(ErrorCode::InvalidArgument, "Sec-WebSocket-Key has to be 16 bytes in base64");
  HttpResponse response;
  response.status = 101;
  response.headers.add("Upgrade", "websocket");
  response.headers.add("Sec-WebSocket-Accept", accept_key(request.headers.get("Sec-WebSocket-Key")));
  response.upgrade = std::move(handler);
  return response;
}

std::string websocket_key(Random& random) {
  std::string bytes;
  append_number(bytes, random.next(), 8);
  append_number(bytes, random.next(), 8);
  return base64_encode(bytes);
}

HttpHeaders websocket_headers(const std::string& key) {
  return {
      {"Connection", "Upgrade"}, {"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}, {"Sec-WebSocket-Key", key}};
}

Status check_websocket_answer(const HttpHeaders& answer, const std::string& key) {
  if (answer.has_token("Upgrade", "websocket") && answer.get("Sec-WebSocket-Accept") == accept_key(key)) return Ok{};
  return err(ErrorCode::Internal, "the server's answer is none to a WebSocket's request");
}

}  // namespace drover::net
