#include "net/client_connection.h"

#include "base/strings.h"
#include "net/http_writer.h"
#include "net/tls_stream.h"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>

namespace drover::net::detail {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr size_t kReadSize = 64 << 10;
constexpr size_t kHeadReadSize = 4 << 10;

bool is_idempotent(std::string_view method) {
  return method != "POST" && method != "PATCH";
}

// A request is built from configuration and user input; a line break in it would be a second request.
Status check_request(const HttpClientRequest& request) {
  const auto is_bad = [](std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  };
  if (request.method.empty() || is_bad(request.method) || request.method.find(' ') != std::string::npos) {
    return err(ErrorCode::InvalidArgument, "invalid HTTP method \"{}\"", printable(request.method));
  }
  if (!request.target.starts_with('/') || is_bad(request.target) || request.target.find(' ') != std::string::npos) {
    return err(ErrorCode::InvalidArgument, "invalid request target \"{}\"", printable(request.target));
  }
  for (const auto& [name, value] : request.headers.all()) {
    if (name.empty() || is_bad(name) || name.find_first_of(": ") != std::string::npos) {
      return err(ErrorCode::InvalidArgument, "invalid header name \"{}\"", printable(name));
    }
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return err(ErrorCode::InvalidArgument, "header \"{}\" holds a line break", name);
    }
  }
  return Ok{};
}

}  // namespace

// ---- ClientPool

std::unique_ptr<Stream> ClientPool::take_idle() {
  while (!idle.empty()) {
    std::unique_ptr<Stream> stream = std::move(idle.back());
    idle.pop_back();
    // Neither bytes nor the end may have come while nothing was asked for.
    char byte = 0;
    if (stream->try_read(std::span(&byte, 1)).error == asio::error::would_block) return stream;
  }
  return nullptr;
}

void ClientPool::give_back(std::unique_ptr<Stream> stream) {
  if (idle.size() < options.max_idle_connections) idle.push_back(std::move(stream));
}

// ---- ClientConnection

// Closes the connection when `limit` passes before it is destroyed.
class ClientConnection::Deadline {
 public:
  Deadline(ClientConnection& connection, Duration limit) : connection_(connection) { connection.close_after(limit); }
  ~Deadline() { connection_.timer_.expires_at(std::chrono::steady_clock::time_point::max()); }
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 private:
  ClientConnection& connection_;
};

ClientConnection::ClientConnection(std::shared_ptr<ClientPool> pool, HttpTimeouts timeouts,
                                   asio::any_io_executor executor)
    : pool_(std::move(pool)), timeouts_(timeouts), timer_(std::move(executor)) {}

ClientConnection::~ClientConnection() = default;

void ClientConnection::close_after(Duration limit) {
  if (limit == kNoTimeout) return;
  timer_.expires_after(limit);
  timer_.async_wait([weak = weak_from_this()](const error_code& error) {
    const auto self = weak.lock();
    // A timer that was armed anew meanwhile is for another deadline.
    if (error || !self || self->timer_.expiry() > std::chrono::steady_clock::now()) return;
    self->expired_ = true;
    self->close();
  });
}

void ClientConnection::close() {
  if (stream_) stream_->close();
}

tl::unexpected<Error> ClientConnection::io_error(const char* doing, const error_code& error) const {
  if (expired_) return err(ErrorCode::DeadlineExceeded, "{} {}: timed out", doing, pool_->name);
  const auto code = error == asio::error::operation_aborted ? ErrorCode::Cancelled : ErrorCode::Unavailable;
  return err(code, "{} {}: {}", doing, pool_->name, error_text(error));
}

Task<Status> ClientConnection::connect() {
  const HttpUrl& url = pool_->url;
  Task<Result<std::unique_ptr<Stream>>> task = url.scheme == "unix" ? connect_unix(url.path)
                                               : url.scheme == "https"
                                                   ? connect_tls(url.host, url.port, pool_->options.tls)
                                                   : connect_tcp(url.host, url.port);
  Result<std::unique_ptr<Stream>> stream =
      co_await with_timeout(timeouts_.connect, "connect " + pool_->name, std::move(task));
  if (!stream) co_return err(stream.error());
  stream_ = std::move(*stream);
  co_return Ok{};
}

std::string ClientConnection::request_head(const HttpClientRequest& request) const {
  std::string out = request.method + " ";
  if (pool_->url.scheme != "unix") {
    std::string_view prefix = pool_->url.path;
    while (prefix.ends_with('/')) prefix.remove_suffix(1);
    out += prefix;
  }
  out += request.target;
  out += " HTTP/1.1\r\n";
  const HttpHeaders& headers = request.headers;
  if (!headers.contains("Host")) append_header(out, "Host", pool_->host_header);
  for (const auto& [name, value] : headers.all()) {
    if (!equals_ignore_case(name, "Content-Length")) append_header(out, name, value);
  }
  if (request.body_stream) {
    const auto length = headers.find("Content-Length");
    append_header(out, length ? "Content-Length" : "Transfer-Encoding", length.value_or("chunked"));
    return out + "\r\n";
  }
  const bool takes_body = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (!request.body.empty() || takes_body) append_header(out, "Content-Length", std::to_string(request.body.size()));
  out += "\r\n";
  return out;
}

Task<Status> ClientConnection::exchange(std::shared_ptr<ClientConnection> self, HttpClientRequest request) {
  CO_TRY(check_request(request));
  std::string wire = self->request_head(request);
  wire += request.body;
  self->skip_body_ = request.method == "HEAD";
  if (!request.body_stream) self->stream_ = self->pool_->take_idle();  // What was streamed cannot be sent again.
  self->reused_ = self->stream_ != nullptr;
  if (self->reused_) {
    Status done = co_await self->attempt(request, wire);
    const bool stale = !done && !self->got_bytes_ && !self->expired_ && done.error().code() == ErrorCode::Unavailable;
    if (!stale || !is_idempotent(request.method)) co_return done;
  }
  const Status connected = co_await self->connect();
  if (!connected) co_return connected;
  Status done = co_await self->attempt(request, wire);
  co_return done;
}

Task<Status> ClientConnection::attempt(const HttpClientRequest& request, const std::string& wire) {
  input_.clear();
  expect_head();
  const Deadline deadline(*this, timeouts_.response);
  const IoResult written = co_await write_all(*stream_, wire);
  if (request.body_stream && !written.error) {
    start_sending(request.body_stream, !request.headers.contains("Content-Length"));
  }
  // A server that refuses a request may answer and close before it has read everything: look for the answer first.
  Status head = co_await read_head();
  if (!head && written.error && !expired_) {
    co_return io_error((request.method + " to").c_str(), written.error);
  }
  co_return head;
}

void ClientConnection::start_sending(std::shared_ptr<BodyStream> body, bool chunked) {
  sending_ = true;
  asio::co_spawn(timer_.get_executor(), send_body(shared_from_this(), std::move(body), chunked), asio::detached);
}

// Ends when the body does, or when either side is gone: the source fails once its request has ended, and the stream is
// closed with the connection.
Task<void> ClientConnection::send_body(std::shared_ptr<ClientConnection> self, std::shared_ptr<BodyStream> body,
                                       bool chunked) {
  bool complete = false;
  while (!complete) {
    const auto next = co_await body->next();
    if (!next || !self->stream_) break;
    complete = !next->has_value();
    std::string wire = complete ? std::string(chunked ? kLastChunk : std::string_view()) : std::string();
    if (!complete && (*next)->empty()) continue;
    if (!complete) wire = chunked ? chunk_head((*next)->size()) + **next + "\r\n" : **next;
    const IoResult written = co_await write_all(*self->stream_, wire);
    if (written.error) break;
    if (self->parser_->state() == HttpParser::State::Header) self->close_after(self->timeouts_.response);
  }
  self->sending_ = false;
  if (!complete || self->finished_) self->close();
}

void ClientConnection::expect_head() {
  parser_.emplace(HttpParser::Options{.kind = HttpParser::Kind::Response,
                                      .max_header_bytes = pool_->options.max_header_bytes,
                                      .skip_body = skip_body_});
}

Task<Status> ClientConnection::read_head() {
  while (true) {
    input_.erase(0, parser_->feed(input_));
    while (parser_->state() == HttpParser::State::Header) {
      const Status filled = co_await fill();
      if (!filled) co_return filled;
      input_.erase(0, parser_->feed(input_));
    }
    if (parser_->state() == HttpParser::State::Failed) {
      close();
      co_return err(ErrorCode::Unavailable, "malformed response from {}: {}", pool_->name, parser_->error().message);
    }
    const int status = parser_->head().status;
    if (status / 100 != 1 || status == 101) break;  // Past "100 Continue" and its like.
    expect_head();
  }
  head_ = std::move(parser_->head());
  if (parser_->state() == HttpParser::State::Done && head_.status != 101) finish();
  co_return Ok{};
}

// Reads some bytes into input_.
Task<Status> ClientConnection::fill() {
  const size_t old_size = input_.size();
  const bool in_head = parser_->state() == HttpParser::State::Header;
  input_.resize(old_size + (in_head ? kHeadReadSize : kReadSize));
  const IoResult result = co_await stream_->read_some(std::span(input_).subspan(old_size));
  input_.resize(old_size + result.bytes);
  at_eof_ = result.eof();
  if (result.error) co_return io_error("read from", result.error);
  got_bytes_ = true;
  co_return Ok{};
}

Task<Result<std::optional<std::string>>> ClientConnection::read_chunk(std::shared_ptr<ClientConnection> self) {
  while (!self->finished_) {
    HttpParser& parser = *self->parser_;
    self->input_.erase(0, parser.feed(self->input_));
    if (parser.state() == HttpParser::State::Failed) {
      self->close();
      co_return err(ErrorCode::Unavailable, "malformed response from {}: {}", self->pool_->name,
                    parser.error().message);
    }
    std::string chunk = std::exchange(parser.body(), {});
    if (parser.state() == HttpParser::State::Done) self->finish();
    if (!chunk.empty()) co_return std::optional(std::move(chunk));
    if (self->finished_) break;
    const Deadline deadline(*self, self->timeouts_.idle);
    const Status filled = co_await self->fill();
    if (filled) continue;
    if (self->at_eof_) parser.feed_eof();
    if (parser.state() != HttpParser::State::Done) {
      self->close();
      co_return err(filled.error());
    }
    self->finished_ = true;  // The close was the end of the body.
  }
  co_return std::optional<std::string>();
}

Task<Result<std::string>> ClientConnection::read_all(std::shared_ptr<ClientConnection> self, size_t limit) {
  std::string body;
  const std::string& name = self->pool_->name;
  if (self->head_.content_length.value_or(0) > limit && !self->finished_) {
    self->close();
    co_return err(ErrorCode::ResourceExhausted, "response from {} has {} bytes, more than {}", name,
                  *self->head_.content_length, limit);
  }
  while (true) {
    Result<std::optional<std::string>> chunk = co_await read_chunk(self);
    if (!chunk) co_return err(chunk.error());
    if (!chunk->has_value()) co_return body;
    if (body.size() + (**chunk).size() > limit) {
      self->close();
      co_return err(ErrorCode::ResourceExhausted, "response from {} has more than {} bytes", name, limit);
    }
    body += **chunk;
  }
}

// The response has been read to its end.
void ClientConnection::finish() {
  finished_ = true;
  if (sending_) return close();  // The server has answered without wanting the rest.
  if (head_.keep_alive && input_.empty() && stream_) pool_->give_back(std::move(stream_));
  stream_.reset();
}

// ---- After an upgrade

void ClientConnection::detach_http() {
  parser_.reset();
}

Task<Result<std::optional<std::string>>> ClientConnection::read_raw(std::shared_ptr<ClientConnection> self) {
  if (!self->input_.empty()) co_return std::optional(std::exchange(self->input_, {}));
  std::string bytes(kReadSize, '\0');
  const IoResult result = co_await self->stream_->read_some(bytes);
  if (result.eof()) co_return std::optional<std::string>();
  if (result.error) co_return self->io_error("read from", result.error);
  bytes.resize(result.bytes);
  bytes.shrink_to_fit();
  co_return std::optional(std::move(bytes));
}

Task<Status> ClientConnection::write_raw(std::shared_ptr<ClientConnection> self, std::string bytes) {
  const IoResult result = co_await write_all(*self->stream_, bytes);
  if (result.error) co_return self->io_error("write to", result.error);
  co_return Ok{};
}

}  // namespace drover::net::detail
