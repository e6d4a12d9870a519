#pragma once

// For net's own .cc files only: brings in Asio.

#include "net/http_client.h"
#include "net/http_parser.h"
#include "net/stream.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/steady_timer.hpp>

namespace drover::net::detail {

// Where an HttpClient connects to, and the connections it keeps. Loop thread only.
struct ClientPool {
  HttpUrl url;
  std::string name;  // As errors show it: "127.0.0.1:4646", "unix:///run/docker.sock".
  std::string host_header;
  HttpClientOptions options;
  std::vector<std::unique_ptr<Stream>> idle;

  // The most recently used connection that the server has not closed, if any.
  std::unique_ptr<Stream> take_idle();
  void give_back(std::unique_ptr<Stream> stream);
};

// One request and its response on a connection; what is left of the connection afterwards goes back to the pool.
class ClientConnection : public std::enable_shared_from_this<ClientConnection> {
 public:
  ClientConnection(std::shared_ptr<ClientPool> pool, HttpTimeouts timeouts, boost::asio::any_io_executor executor);
  ~ClientConnection();

  // Writes the request and reads the response's header. With a kept connection that the server had closed meanwhile it
  // is sent again on a new one, if that is safe.
  static Task<Status> exchange(std::shared_ptr<ClientConnection> self, HttpClientRequest request);

  // The next bytes of the body; nothing at its end.
  static Task<Result<std::optional<std::string>>> read_chunk(std::shared_ptr<ClientConnection> self);
  static Task<Result<std::string>> read_all(std::shared_ptr<ClientConnection> self, size_t limit);

  // After an upgrade the connection is raw bytes.
  void detach_http();
  static Task<Result<std::optional<std::string>>> read_raw(std::shared_ptr<ClientConnection> self);
  static Task<Status> write_raw(std::shared_ptr<ClientConnection> self, std::string bytes);

  HttpHead& head() { return head_; }
  Stream* stream() { return stream_.get(); }
  void close();

 private:
  class Deadline;

  // Sends a body beside the reading of the response.
  void start_sending(std::shared_ptr<BodyStream> body, bool chunked);
  static Task<void> send_body(std::shared_ptr<ClientConnection> self, std::shared_ptr<BodyStream> body, bool chunked);
  Task<Status> connect();
  Task<Status> attempt(const HttpClientRequest& request, const std::string& wire);
  void expect_head();
  // REQUIRES expect_head().
  Task<Status> read_head();
  Task<Status> fill();
  std::string request_head(const HttpClientRequest& request) const;
  // Instead of what was set before.
  void close_after(Duration limit);
  tl::unexpected<Error> io_error(const char* doing, const boost::system::error_code& error) const;
  void finish();

  const std::shared_ptr<ClientPool> pool_;
  const HttpTimeouts timeouts_;
  boost::asio::steady_timer timer_;
  std::unique_ptr<Stream> stream_;
  std::string input_;
  std::optional<HttpParser> parser_;
  HttpHead head_;
  bool skip_body_ = false;
  bool reused_ = false;
  bool got_bytes_ = false;
  bool at_eof_ = false;  // the server has closed its side as one does
  bool expired_ = false;
  bool finished_ = false;
  bool sending_ = false;  // a streamed body is on its way
};

}  // namespace drover::net::detail
