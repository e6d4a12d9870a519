#pragma once

#include "net/http.h"
#include "net/loop.h"
#include "net/tls.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace drover::net {

struct HttpServerOptions {
  size_t max_header_bytes = 64 << 10;
  size_t max_body_bytes = 16 << 20;
  size_t max_connections = 20'000;
  size_t max_connections_per_address = 100;  // 0: no limit. More get 429. Unix sockets do not count.
  bool stream_bodies = false;    // Requests with a body are handed over at the end of their header, without a limit.
  size_t gzip_min_bytes = 1024;  // Bodies from this size are compressed for clients that accept it.
  std::shared_ptr<const TlsServerContext> tls;             // Null: plain text. Not for unix sockets.
  Duration header_timeout = std::chrono::seconds(10);      // From a request's first byte to the end of its header.
  Duration body_timeout = std::chrono::seconds(60);        // Without a byte of the body.
  Duration idle_timeout = std::chrono::seconds(120);       // Between requests.
  Duration write_timeout = std::chrono::minutes(5);        // Without the client taking a byte.
  Duration linger_timeout = std::chrono::seconds(2);       // For the client to read a refusal.
  Duration accept_pause = std::chrono::milliseconds(100);  // After running out of file descriptors.
};

// Answers one request, on the loop of its connection. Cancelled when the client disconnects. An exception becomes 500.
using HttpHandler = std::function<Task<HttpResponse>(HttpRequest)>;

struct HttpServerStats {
  size_t connections = 0;  // Open now.
  uint64_t accepted = 0;
  uint64_t refused = 0;  // By a connection limit.
  uint64_t requests = 0;
};

// HTTP/1.1 on TCP and unix sockets: keep-alive, pipelining, chunked bodies both ways, gzip, HEAD, Expect: 100-continue.
// Connections are spread over the loops. Thread-safe, but for the destructor.
class HttpServer {
 public:
  // REQUIRES that the loops are started, and outlive the server.
  HttpServer(HttpServerOptions options, std::vector<Loop*> loops, HttpHandler handler);
  // Stops. REQUIRES a thread that is none of the loops'.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Listens on an IP address ("127.0.0.1", "::", …); port 0 takes a free one. The port that was bound.
  Result<uint16_t> listen(const std::string& address, uint16_t port);

  // Listens on a unix socket with permissions 0600; a stale socket file is replaced.
  Status listen_unix(const std::string& path);

  // Closes the listeners, cancels the handlers, breaks the connections off and waits until all that has happened.
  // Idempotent. REQUIRES a thread that is none of the loops'.
  void stop();

  HttpServerStats stats() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace drover::net
