#include "net/http_connection.h"

#include "base/log.h"
#include "base/strings.h"
#include "net/gzip.h"
#include "net/http_writer.h"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace drover::net::detail {
namespace {

constexpr size_t kFirstRead = 2 << 10;
constexpr size_t kLargestRead = 64 << 10;
constexpr size_t kReadAheadLimit = 64 << 10;  // Pipelined bytes that are taken in while a handler runs.
constexpr size_t kUpgradedRead = 16 << 10;
constexpr size_t kGzipSlice = 256 << 10;  // Compressed in one go, 2-4 ms, before others get their turn.

HttpConnection::TimePoint after(Duration timeout) {
  return std::chrono::steady_clock::now() + timeout;
}

}  // namespace

HttpConnection::HttpConnection(const Context& context, std::unique_ptr<Stream> stream, std::string remote_address)
    : context_(context), stream_(std::move(stream)), remote_address_(std::move(remote_address)) {}

// The rest of the request at hand, as long as it is at hand.
class HttpConnection::RequestBody final : public BodyStream {
 public:
  explicit RequestBody(std::shared_ptr<HttpConnection> connection) : connection_(std::move(connection)) {}
  Task<Result<std::optional<std::string>>> next() override { return connection_->next_of_body(); }

 private:
  const std::shared_ptr<HttpConnection> connection_;
};

Task<void> HttpConnection::serve(std::shared_ptr<HttpConnection> self) {
  while (true) {
    const Received received = co_await self->receive();
    if (received == Received::Closed) break;
    if (received == Received::Bad) {
      co_await self->send_refusal(self->error_.status, self->error_.message);
      break;
    }
    const bool go_on = co_await self->answer();
    if (!go_on) break;
  }
  self->closed_ = true;
  self->stream_->close();
}

Task<void> HttpConnection::refuse(std::shared_ptr<HttpConnection> self, int status, std::string message) {
  co_await self->send_refusal(status, std::move(message));
  self->closed_ = true;
  self->stream_->close();
}

void HttpConnection::abort() {
  if (closed_) return;
  closed_ = true;
  stream_->close();
  task_.cancel();
}

void HttpConnection::check_deadline(TimePoint now) {
  if (now < deadline_ || closed_) return;
  if (phase_ == Phase::Header || phase_ == Phase::Body) {
    const HttpResponse response = text_response(408, "request took too long");
    stream_->try_write(response_head(response, {.keep_alive = false, .content_length = response.body.size()}) +
                       response.body);
  }
  abort();
}

void HttpConnection::enter(Phase phase) {
  phase_ = phase;
  const HttpServerOptions& options = context_.options;
  switch (phase) {
    case Phase::Idle:
      deadline_ = after(options.idle_timeout);
      break;
    case Phase::Header:
      deadline_ = after(options.header_timeout);
      break;
    case Phase::Body:
      deadline_ = after(options.body_timeout);
      break;
    case Phase::Handling:
    case Phase::Upgraded:
      deadline_ = TimePoint::max();
      break;
    case Phase::Writing:
      deadline_ = after(options.write_timeout);
      break;
    case Phase::Lingering:
      deadline_ = after(options.linger_timeout);
      break;
  }
}

HttpParser HttpConnection::make_parser() const {
  HttpParser::Options options{.kind = HttpParser::Kind::Request, .max_header_bytes = context_.options.max_header_bytes};
  if (!context_.options.stream_bodies) options.max_body_bytes = context_.options.max_body_bytes;
  return HttpParser(options);
}

// ---- Receiving

Task<HttpConnection::Received> HttpConnection::receive() {
  parser_.reset();
  if (input_.empty()) {
    std::string().swap(input_);  // An idle connection keeps no buffer but the one being read into.
    enter(Phase::Idle);
  } else {
    enter(Phase::Header);
  }
  while (true) {
    if (!input_.empty()) {
      if (phase_ == Phase::Idle) enter(Phase::Header);
      if (!parser_) parser_ = make_parser();
      const HttpParser::State before = parser_->state();
      input_.erase(0, parser_->feed(input_));
      const HttpParser::State state = parser_->state();
      if (state == HttpParser::State::Failed) co_return bad_request(parser_->error().status, parser_->error().message);
      if (state == HttpParser::State::Done) co_return take_request();
      if (state == HttpParser::State::Body && before == HttpParser::State::Header) {
        if (context_.options.stream_bodies) co_return take_request();
        enter(Phase::Body);
        if (!input_.empty()) continue;
        const HttpHead& head = parser_->head();
        if (head.version >= 11 && equals_ignore_case(head.headers.get("Expect"), "100-continue")) {
          const bool sent = co_await write("HTTP/1.1 100 Continue\r\n\r\n", {});
          if (!sent) co_return Received::Closed;
          enter(Phase::Body);
        }
      }
    }
    const bool more = co_await read_more();
    if (!more) co_return Received::Closed;
    if (phase_ == Phase::Body) enter(Phase::Body);
  }
}

// Small reads for small requests, so that an idle connection is cheap; larger ones once a body comes.
Task<bool> HttpConnection::read_more() {
  const size_t old_size = input_.size();
  const size_t room = phase_ == Phase::Body ? kLargestRead : std::max(kFirstRead, std::min(old_size, kLargestRead));
  input_.resize(old_size + room);
  const IoResult result = co_await stream_->read_some(std::span(input_).subspan(old_size));
  input_.resize(old_size + result.bytes);
  co_return !result.error && !closed_;
}

HttpConnection::Received HttpConnection::bad_request(int status, std::string message) {
  error_ = {status, std::move(message)};
  return Received::Bad;
}

HttpConnection::Received HttpConnection::take_request() {
  HttpHead& head = parser_->head();
  request_ = HttpRequest();
  if (const Status parsed = parse_target(std::move(head.target), request_); !parsed) {
    return bad_request(400, parsed.error().message());
  }
  request_.method = std::move(head.method);
  request_.headers = std::move(head.headers);
  request_.body = std::move(parser_->body());
  request_.remote_address = remote_address_;
  request_.keep_alive = head.keep_alive;
  version_ = head.version;
  keep_alive_ = head.keep_alive;
  head_only_ = request_.method == "HEAD";
  accept_encoding_ = std::string(request_.headers.get("Accept-Encoding"));
  streaming_ = parser_->state() == HttpParser::State::Body;
  if (streaming_) {
    expects_continue_ = version_ >= 11 && equals_ignore_case(request_.headers.get("Expect"), "100-continue");
    request_.body_stream = std::make_shared<RequestBody>(shared_from_this());
    return Received::Request;
  }
  parser_.reset();
  if (input_.empty()) std::string().swap(input_);  // A handler may wait for minutes: keep no buffer meanwhile.
  return Received::Request;
}

Task<Result<std::optional<std::string>>> HttpConnection::next_of_body() {
  if (std::exchange(expects_continue_, false)) {
    const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    const IoResult sent = co_await write_all(*stream_, go_on);
    if (sent.error) co_return err(ErrorCode::Unavailable, "write: {}", error_text(sent.error));
  }
  while (streaming_ && !closed_) {
    input_.erase(0, parser_->feed(input_));
    const HttpParser::State state = parser_->state();
    if (state == HttpParser::State::Failed) {
      abort();
      co_return err(ErrorCode::InvalidArgument, "the body is malformed: {}", parser_->error().message);
    }
    std::string chunk = std::exchange(parser_->body(), {});
    if (state == HttpParser::State::Done) {
      streaming_ = false;
      if (phase_ == Phase::Handling) start_watching();
    }
    if (!chunk.empty()) co_return std::optional(std::move(chunk));
    if (!streaming_) break;
    const size_t old_size = input_.size();
    input_.resize(old_size + kLargestRead);
    const IoResult result = co_await stream_->read_some(std::span(input_).subspan(old_size));
    input_.resize(old_size + result.bytes);
    if (!result.error) continue;
    abort();
    co_return err(ErrorCode::Unavailable, "the client is gone");
  }
  if (closed_) co_return err(ErrorCode::Cancelled, "the connection is closed");
  co_return std::optional<std::string>();
}

// ---- Watching for the client's disconnect while a handler runs

void HttpConnection::start_watching() {
  if (watching_ || closed_ || streaming_ || input_.size() >= kReadAheadLimit) return;
  watching_ = true;
  stream_->watch([self = weak_from_this()] {
    if (const auto connection = self.lock()) connection->on_readable();
  });
}

void HttpConnection::on_readable() {
  watching_ = false;
  // In the other phases a read is pending, or the next one will see it. A client that closes its sending side still
  // gets the answer to what was handled already.
  if (closed_ || streaming_ || phase_ != Phase::Handling) return;
  const size_t old_size = input_.size();
  input_.resize(old_size + kFirstRead);
  const IoResult result = stream_->try_read(std::span(input_).subspan(old_size));
  input_.resize(old_size + result.bytes);
  if (result.error && result.error != boost::asio::error::would_block) {
    abort();
  } else {
    start_watching();
  }
}

// ---- Answering

Task<bool> HttpConnection::answer() {
  context_.on_request();
  enter(Phase::Handling);
  start_watching();
  HttpResponse response = co_await call_handler(std::exchange(request_, HttpRequest()));
  if (closed_) co_return false;
  const bool sent = co_await send(std::move(response));
  if (streaming_) co_return false;  // What nobody has read would look like the next request.
  co_return sent&& keep_alive_ && !closed_;
}

Task<HttpResponse> HttpConnection::call_handler(HttpRequest request) {
  std::string what;
  const std::string name = request.method + " " + request.raw_path;
  try {
    HttpResponse response = co_await context_.handler(std::move(request));
    co_return response;
  } catch (const boost::system::system_error& e) {
    if (e.code() == boost::asio::error::operation_aborted) throw;
    what = e.what();
  } catch (const std::exception& e) {
    what = e.what();
  }
  log::error("request handler threw", {{"request", name}, {"what", what}});
  co_return text_response(500, "internal error");
}

Task<bool> HttpConnection::send(HttpResponse response) {
  if (response.upgrade) {
    co_await run_upgraded(std::move(response));
    co_return false;
  }
  if (should_compress(response, accept_encoding_, context_.options.gzip_min_bytes)) co_await compress(&response);
  const bool bodiless = is_bodiless(response.status);
  const bool http_1_0 = version_ < 11;
  // A stream of a known length, as a proxy has it.
  const auto length = response.stream ? parse_uint(response.headers.get("Content-Length")) : std::nullopt;
  const bool chunked = response.stream && !http_1_0 && !bodiless && !length;
  if (response.stream && http_1_0) keep_alive_ = false;  // The end of the connection is the end of the body.
  ResponseFraming framing{.http_1_0 = http_1_0, .keep_alive = keep_alive_, .chunked = chunked};
  if (!response.stream && !bodiless) framing.content_length = response.body.size();
  if (length && !bodiless) framing.content_length = *length;
  std::string head = response_head(response, framing);
  const bool has_body = !head_only_ && !bodiless;
  const bool sent = co_await write(std::move(head), has_body && !response.stream ? response.body : std::string_view());
  if (!sent || !has_body || !response.stream) co_return sent;
  const bool ended = co_await send_stream(std::move(response), chunked);
  co_return ended;
}

Task<bool> HttpConnection::send_stream(HttpResponse response, bool chunked) {
  while (true) {
    enter(Phase::Handling);
    start_watching();
    const Result<std::optional<std::string>> next = co_await pull(response.stream.get());
    if (closed_) co_return false;
    if (!next) {
      log::debug("response stream failed", {{"error", next.error().message()}});
      co_return false;
    }
    const std::optional<std::string>& chunk = *next;
    if (!chunk) break;
    if (chunk->empty()) continue;
    std::string wire;
    if (chunked) {
      wire.reserve(chunk->size() + 20);
      wire.append(chunk_head(chunk->size())).append(*chunk).append("\r\n");
    }
    const bool sent = co_await write(std::move(wire), chunked ? std::string_view() : *chunk);
    if (!sent) co_return false;
  }
  if (!chunked) co_return true;
  const bool sent = co_await write(std::string(kLastChunk), {});
  co_return sent;
}

Task<Result<std::optional<std::string>>> HttpConnection::pull(BodyStream* stream) {
  try {
    Result<std::optional<std::string>> next = co_await stream->next();
    co_return next;
  } catch (const boost::system::system_error& e) {
    if (e.code() == boost::asio::error::operation_aborted) throw;
    co_return err(ErrorCode::Internal, "{}", e.what());
  } catch (const std::exception& e) {
    co_return err(ErrorCode::Internal, "{}", e.what());
  }
}

Task<void> HttpConnection::compress(HttpResponse* response) {
  GzipEncoder encoder;
  std::string compressed;
  std::string_view rest = response->body;
  while (!rest.empty()) {
    const std::string_view slice = rest.substr(0, kGzipSlice);
    rest.remove_prefix(slice.size());
    encoder.add(slice, compressed);
    if (!rest.empty()) co_await yield_to_loop();
  }
  encoder.finish(compressed);
  response->headers.add("Vary", "Accept-Encoding");
  if (compressed.size() >= response->body.size()) co_return;
  response->headers.add("Content-Encoding", "gzip");
  response->body = std::move(compressed);
}

// Each byte that the client takes renews its time.
Task<bool> HttpConnection::write(std::string first, std::string_view second) {
  std::string_view head = first;
  while (!head.empty() || !second.empty()) {
    if (closed_) co_return false;
    enter(Phase::Writing);
    const IoResult result = co_await stream_->write_some(head, second);
    if (result.error) co_return false;
    const size_t of_head = std::min(result.bytes, head.size());
    head.remove_prefix(of_head);
    second.remove_prefix(result.bytes - of_head);
  }
  co_return !closed_;
}

// ---- After an upgrade

// The connection as raw bytes.
class HttpConnection::Channel final : public ByteChannel {
 public:
  explicit Channel(HttpConnection& connection) : connection_(connection) {}
  Task<Result<std::optional<std::string>>> read_some() override { return connection_.read_raw(); }
  Task<Status> write(std::string bytes) override { return connection_.write_raw(std::move(bytes)); }

 private:
  HttpConnection& connection_;
};

Task<void> HttpConnection::run_upgraded(HttpResponse response) {
  const bool sent = co_await write(response_head(response, {.upgrade = true}), {});
  if (!sent) co_return;
  enter(Phase::Upgraded);
  Channel channel(*this);
  try {
    co_await response.upgrade(channel);
  } catch (const boost::system::system_error& e) {
    if (e.code() == boost::asio::error::operation_aborted) throw;
    log::error("the handler of an upgraded connection threw", {{"what", e.what()}});
  } catch (const std::exception& e) {
    log::error("the handler of an upgraded connection threw", {{"what", e.what()}});
  }
}

Task<Result<std::optional<std::string>>> HttpConnection::read_raw() {
  if (!input_.empty()) co_return std::optional(std::exchange(input_, {}));
  std::string bytes(kUpgradedRead, '\0');
  const IoResult result = co_await stream_->read_some(bytes);
  if (result.eof()) co_return std::optional<std::string>();
  if (result.error) co_return err(ErrorCode::Unavailable, "read: {}", error_text(result.error));
  bytes.resize(result.bytes);
  co_return std::optional(std::move(bytes));
}

Task<Status> HttpConnection::write_raw(std::string bytes) {
  std::string_view rest = bytes;
  while (!rest.empty()) {
    deadline_ = after(context_.options.write_timeout);
    const IoResult result = co_await stream_->write_some(rest, {});
    enter(Phase::Upgraded);
    if (result.error) co_return err(ErrorCode::Unavailable, "write: {}", error_text(result.error));
    rest.remove_prefix(result.bytes);
  }
  co_return Ok{};
}

// Closing with unread bytes would reset the connection and take the refusal with it: let the client see it first.
Task<void> HttpConnection::send_refusal(int status, std::string message) {
  parser_.reset();
  const HttpResponse response = text_response(status, std::move(message));
  std::string head = response_head(response, {.keep_alive = false, .content_length = response.body.size()});
  const bool sent = co_await write(std::move(head), response.body);
  if (!sent) co_return;
  stream_->shutdown_write();
  enter(Phase::Lingering);
  input_.resize(kFirstRead);
  while (true) {
    const IoResult result = co_await stream_->read_some(input_);
    if (result.error) co_return;
  }
}

}  // namespace drover::net::detail
