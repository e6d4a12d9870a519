#include "net/http_client.h"

#include "base/check.h"
#include "base/strings.h"
#include "net/address.h"
#include "net/client_connection.h"

#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>

namespace drover::net {
namespace {

namespace asio = boost::asio;
using detail::ClientConnection;
using detail::ClientPool;

constexpr size_t kErrorTextLimit = 64 << 10;

}  // namespace

// ---- HttpStream

HttpStream::HttpStream(std::shared_ptr<ClientConnection> connection) : connection_(std::move(connection)) {}
HttpStream::~HttpStream() = default;
HttpStream::HttpStream(HttpStream&&) noexcept = default;
HttpStream& HttpStream::operator=(HttpStream&&) noexcept = default;

int HttpStream::status() const {
  return connection_->head().status;
}
const HttpHeaders& HttpStream::headers() const {
  return connection_->head().headers;
}
Task<Result<std::optional<std::string>>> HttpStream::read_chunk() {
  return ClientConnection::read_chunk(connection_);
}
Task<Result<std::string>> HttpStream::read_all(size_t limit) {
  return ClientConnection::read_all(connection_, limit);
}

// ---- DuplexStream

DuplexStream::DuplexStream(std::shared_ptr<ClientConnection> connection) : connection_(std::move(connection)) {}

DuplexStream::~DuplexStream() {
  if (connection_) connection_->close();
}

DuplexStream::DuplexStream(DuplexStream&&) noexcept = default;
DuplexStream& DuplexStream::operator=(DuplexStream&&) noexcept = default;

Task<Result<std::optional<std::string>>> DuplexStream::read_some() {
  return ClientConnection::read_raw(connection_);
}
Task<Status> DuplexStream::write(std::string bytes) {
  return ClientConnection::write_raw(connection_, std::move(bytes));
}
void DuplexStream::close_write() {
  connection_->stream()->shutdown_write();
}
void DuplexStream::close() {
  connection_->close();
}

// ---- HttpClient

struct HttpClient::State {
  std::shared_ptr<ClientPool> pool;

  static Task<Result<HttpStream>> open(std::shared_ptr<ClientPool> pool, HttpClientRequest request,
                                       HttpTimeouts timeouts);
  static Task<Result<HttpResponse>> request(std::shared_ptr<ClientPool> pool, HttpClientRequest request,
                                            HttpTimeouts timeouts);
  static Task<Result<DuplexStream>> upgrade(std::shared_ptr<ClientPool> pool, HttpClientRequest request,
                                            HttpTimeouts timeouts, HttpResponse* answer);
};

Task<Result<HttpStream>> HttpClient::State::open(std::shared_ptr<ClientPool> pool, HttpClientRequest request,
                                                 HttpTimeouts timeouts) {
  const auto executor = co_await asio::this_coro::executor;
  auto connection = std::make_shared<ClientConnection>(std::move(pool), timeouts, executor);
  const Status done = co_await ClientConnection::exchange(connection, std::move(request));
  if (!done) co_return err(done.error());
  co_return HttpStream(std::move(connection));
}

Task<Result<HttpResponse>> HttpClient::State::request(std::shared_ptr<ClientPool> pool, HttpClientRequest request,
                                                      HttpTimeouts timeouts) {
  const size_t limit = pool->options.max_body_bytes;
  Result<HttpStream> stream = co_await open(std::move(pool), std::move(request), timeouts);
  if (!stream) co_return err(stream.error());
  Result<std::string> body = co_await stream->read_all(limit);
  if (!body) co_return err(body.error());
  HttpResponse response;
  response.status = stream->status();
  response.headers = stream->headers();
  response.body = std::move(*body);
  co_return response;
}

Task<Result<DuplexStream>> HttpClient::State::upgrade(std::shared_ptr<ClientPool> pool, HttpClientRequest request,
                                                      HttpTimeouts timeouts, HttpResponse* answer) {
  if (!request.headers.contains("Upgrade")) {
    request.headers.add("Connection", "Upgrade");
    request.headers.add("Upgrade", "tcp");
  }
  const std::string what = request.method + " " + request.target;
  const auto executor = co_await asio::this_coro::executor;
  auto connection = std::make_shared<ClientConnection>(std::move(pool), timeouts, executor);
  const Status done = co_await ClientConnection::exchange(connection, std::move(request));
  if (!done) co_return err(done.error());
  const int status = connection->head().status;
  if (answer != nullptr) {
    answer->status = status;
    answer->headers = connection->head().headers;
  }
  if (status == 101 || (status == 200 && !connection->head().chunked && !connection->head().content_length)) {
    connection->detach_http();
    co_return DuplexStream(std::move(connection));
  }
  const Result<std::string> text = co_await ClientConnection::read_all(connection, kErrorTextLimit);
  if (answer != nullptr && text) answer->body = *text;
  const auto code = status == 404 ? ErrorCode::NotFound : status == 409 ? ErrorCode::Conflict : ErrorCode::Unavailable;
  co_return err(code, "{}: status {}: {}", what, status, printable(text ? trim(*text) : "", 1000));
}

HttpClient::HttpClient(std::shared_ptr<State> state) : state_(std::move(state)) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

Result<HttpClient> HttpClient::create(std::string_view url, HttpClientOptions options) {
  TRY_LET(HttpUrl parsed, parse_http_url(url));
  auto pool = std::make_shared<ClientPool>();
  if (parsed.scheme == "unix") {
    pool->name = "unix://" + parsed.path;
    pool->host_header = "localhost";
  } else {
    pool->name = host_port(parsed.host, parsed.port);
    pool->host_header = pool->name;
    if (parsed.scheme == "https") pool->name.insert(0, "https://");
  }
  pool->url = std::move(parsed);
  pool->options = std::move(options);
  auto state = std::make_shared<State>();
  state->pool = std::move(pool);
  return HttpClient(std::move(state));
}

Task<Result<HttpResponse>> HttpClient::request(HttpClientRequest request, HttpTimeouts timeouts) const {
  return State::request(state_->pool, std::move(request), timeouts);
}

Task<Result<HttpStream>> HttpClient::open(HttpClientRequest request, HttpTimeouts timeouts) const {
  return State::open(state_->pool, std::move(request), timeouts);
}

Task<Result<DuplexStream>> HttpClient::upgrade(HttpClientRequest request, HttpTimeouts timeouts,
                                               HttpResponse* answer) const {
  return State::upgrade(state_->pool, std::move(request), timeouts, answer);
}

// ---- BlockingHttpClient

struct BlockingHttpClient::State {
  asio::io_context context;
  HttpClient client;  // After the context: its connections end first.

  explicit State(HttpClient c) : client(std::move(c)) {}

  Result<HttpResponse> run(Task<Result<HttpResponse>> task);
  static Task<Result<HttpResponse>> stream(HttpClient& client, HttpClientRequest request,
                                           std::function<bool(std::string_view)> on_chunk, HttpTimeouts timeouts);
};

Result<HttpResponse> BlockingHttpClient::State::run(Task<Result<HttpResponse>> task) {
  std::optional<Result<HttpResponse>> out;
  std::exception_ptr escaped;
  Task<void> root = detail::store_result(std::move(task), &out);
  asio::co_spawn(context, std::move(root), [&escaped](const std::exception_ptr& e) { escaped = e; });
  context.restart();
  context.run();
  if (escaped) std::rethrow_exception(escaped);  // From `on_chunk`, to its own caller.
  CHECK(out.has_value(), "a request that ended has a result");
  return std::move(*out);
}

Task<Result<HttpResponse>> BlockingHttpClient::State::stream(HttpClient& client, HttpClientRequest request,
                                                             std::function<bool(std::string_view)> on_chunk,
                                                             HttpTimeouts timeouts) {
  Result<HttpStream> stream = co_await client.open(std::move(request), timeouts);
  if (!stream) co_return err(stream.error());
  HttpResponse response;
  response.status = stream->status();
  response.headers = stream->headers();
  if (response.status / 100 != 2) {
    Result<std::string> body = co_await stream->read_all(kErrorTextLimit);
    if (!body) co_return err(body.error());
    response.body = std::move(*body);
    co_return response;
  }
  while (true) {
    const Result<std::optional<std::string>> chunk = co_await stream->read_chunk();
    if (!chunk) co_return err(chunk.error());
    if (!chunk->has_value() || !on_chunk(**chunk)) co_return response;
  }
}

BlockingHttpClient::BlockingHttpClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
BlockingHttpClient::~BlockingHttpClient() = default;
BlockingHttpClient::BlockingHttpClient(BlockingHttpClient&&) noexcept = default;
BlockingHttpClient& BlockingHttpClient::operator=(BlockingHttpClient&&) noexcept = default;

Result<BlockingHttpClient> BlockingHttpClient::create(std::string_view url, HttpClientOptions options) {
  TRY_LET(HttpClient client, HttpClient::create(url, options));
  return BlockingHttpClient(std::make_unique<State>(std::move(client)));
}

Result<HttpResponse> BlockingHttpClient::request(HttpClientRequest request, HttpTimeouts timeouts) {
  return state_->run(state_->client.request(std::move(request), timeouts));
}

Result<HttpResponse> BlockingHttpClient::stream(HttpClientRequest request,
                                                std::function<bool(std::string_view chunk)> on_chunk,
                                                HttpTimeouts timeouts) {
  return state_->run(State::stream(state_->client, std::move(request), std::move(on_chunk), timeouts));
}

}  // namespace drover::net
