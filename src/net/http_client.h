#pragma once

#include "net/http.h"
#include "net/tls.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace drover::net {

struct HttpClientRequest {
  std::string method = "GET";
  std::string target = "/";  // Path and query, encoded.
  HttpHeaders headers;       // Host, Content-Length and Connection are added.
  std::string body;
  std::shared_ptr<BodyStream> body_stream;  // In place of `body`: sent as it comes, chunked unless a length is given.
};

struct HttpTimeouts {
  Duration connect = std::chrono::seconds(5);
  Duration response = std::chrono::seconds(60);  // From the request, or a body_stream's piece, to the answer's head.
  Duration idle = std::chrono::seconds(60);      // Without a byte of the body. kNoTimeout for logs and events.
};

struct HttpClientOptions {
  size_t max_header_bytes = 256 << 10;
  size_t max_body_bytes = 256 << 20;  // For request(); streams have no limit.
  size_t max_idle_connections = 8;
  TlsClientOptions tls;
};

namespace detail {
class ClientConnection;
}

// A response whose body is read as it arrives. Dropping it closes the connection, unless the body was read to its end.
class HttpStream {
 public:
  explicit HttpStream(std::shared_ptr<detail::ClientConnection> connection);
  ~HttpStream();
  HttpStream(HttpStream&&) noexcept;
  HttpStream& operator=(HttpStream&&) noexcept;

  int status() const;
  const HttpHeaders& headers() const;

  // The next bytes, in pieces as they come (chunk borders are not kept); nothing at the end. Unavailable if the body
  // breaks off, DeadlineExceeded after the idle timeout.
  Task<Result<std::optional<std::string>>> read_chunk();

  // The rest of the body; ResourceExhausted above `limit` bytes.
  Task<Result<std::string>> read_all(size_t limit);

 private:
  std::shared_ptr<detail::ClientConnection> connection_;
};

// A raw byte stream both ways, after 101 Switching Protocols. One reader and one writer at a time.
class DuplexStream final : public ByteChannel {
 public:
  explicit DuplexStream(std::shared_ptr<detail::ClientConnection> connection);
  ~DuplexStream() override;
  DuplexStream(DuplexStream&&) noexcept;
  DuplexStream& operator=(DuplexStream&&) noexcept;

  // At least one byte, at most 64 KiB; nothing when the peer has closed its side.
  Task<Result<std::optional<std::string>>> read_some() override;
  Task<Status> write(std::string bytes) override;
  // No more writes; the peer sees the end of the stream, reading goes on.
  void close_write();
  // Ends both directions; a pending read or write fails.
  void close();

 private:
  std::shared_ptr<detail::ClientConnection> connection_;
};

// One HTTP/1.1 server, with a pool of kept-alive connections. Errors name the endpoint: "connect 127.0.0.1:4646:
// connection refused" (Unavailable). Used by tasks of one loop only, and destroyed before that loop is.
class HttpClient {
 public:
  // "http://host:port", "https://host:port" or "unix:///path/to.sock". The URL's path is put before every target.
  static Result<HttpClient> create(std::string_view url, HttpClientOptions options = {});
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  // Any status is a success.
  Task<Result<HttpResponse>> request(HttpClientRequest request, HttpTimeouts timeouts = {}) const;

  // Returns when the header is there.
  Task<Result<HttpStream>> open(HttpClientRequest request, HttpTimeouts timeouts = {}) const;

  // Adds "Connection: Upgrade" and "Upgrade: tcp" if the request has no Upgrade of its own (Docker's attach and exec).
  // Anything but 101, or 200 from older Dockers, is an error with the response's text.
  // `answer`, if given, gets what the server said, with the text of a refusal as its body.
  Task<Result<DuplexStream>> upgrade(HttpClientRequest request, HttpTimeouts timeouts = {},
                                     HttpResponse* answer = nullptr) const;

 private:
  struct State;
  explicit HttpClient(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

// HttpClient for programs without a loop: blocks the calling thread. Not thread-safe.
class BlockingHttpClient {
 public:
  static Result<BlockingHttpClient> create(std::string_view url, HttpClientOptions options = {});
  ~BlockingHttpClient();
  BlockingHttpClient(BlockingHttpClient&&) noexcept;
  BlockingHttpClient& operator=(BlockingHttpClient&&) noexcept;

  Result<HttpResponse> request(HttpClientRequest request, HttpTimeouts timeouts = {});

  // Hands a 2xx body to `on_chunk` as it arrives, until it ends or `on_chunk` returns false; then the response has no
  // body. Another status is returned with its body and without calls.
  Result<HttpResponse> stream(HttpClientRequest request, std::function<bool(std::string_view chunk)> on_chunk,
                              HttpTimeouts timeouts = {.idle = kNoTimeout});

 private:
  struct State;
  explicit BlockingHttpClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace drover::net
