#pragma once

// For net's own .cc files only: brings in Asio.

#include "net/http_parser.h"
#include "net/http_server.h"
#include "net/stream.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace drover::net::detail {

// One client's connection to an HttpServer: reads a request, has it answered, and again. Loop thread only.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  struct Context {
    const HttpServerOptions& options;
    const HttpHandler& handler;
    std::function<void()> on_request;  // Counts it.
  };

  // `context` outlives the connection.
  HttpConnection(const Context& context, std::unique_ptr<Stream> stream, std::string remote_address);

  // Serves until either side closes. `self` keeps the connection alive.
  static Task<void> serve(std::shared_ptr<HttpConnection> self);

  // Answers with `status` and closes, without reading a request.
  static Task<void> refuse(std::shared_ptr<HttpConnection> self, int status, std::string message);

  // The task of serve() or refuse(), to be cancelled when the client goes away.
  void set_task(Spawned task) { task_ = std::move(task); }

  // Breaks the connection off and cancels its task.
  void abort();

  // Called every now and then: breaks off a connection whose time is up.
  void check_deadline(TimePoint now);

 private:
  enum class Phase { Idle, Header, Body, Handling, Writing, Lingering, Upgraded };
  enum class Received { Request, Bad, Closed };

  Task<Received> receive();
  Task<bool> read_more();
  Task<bool> answer();
  Task<HttpResponse> call_handler(HttpRequest request);
  Task<bool> send(HttpResponse response);
  Task<bool> send_stream(HttpResponse response, bool chunked);
  static Task<Result<std::optional<std::string>>> pull(BodyStream* stream);
  Task<void> compress(HttpResponse* response);
  Task<bool> write(std::string first, std::string_view second);
  class Channel;
  class RequestBody;
  Task<Result<std::optional<std::string>>> next_of_body();
  Task<void> run_upgraded(HttpResponse response);
  Task<Result<std::optional<std::string>>> read_raw();
  Task<Status> write_raw(std::string bytes);
  Task<void> send_refusal(int status, std::string message);

  Received take_request();
  Received bad_request(int status, std::string message);
  void start_watching();
  void on_readable();
  void enter(Phase phase);
  HttpParser make_parser() const;

  const Context& context_;
  const std::unique_ptr<Stream> stream_;
  const std::string remote_address_;
  Spawned task_;

  std::string input_;  // Bytes received and not yet taken by the parser.
  std::optional<HttpParser> parser_;
  HttpRequest request_;
  HttpParseError error_;
  int version_ = 11;
  bool keep_alive_ = true;
  bool head_only_ = false;
  std::string accept_encoding_;

  Phase phase_ = Phase::Idle;
  TimePoint deadline_ = TimePoint::max();
  bool streaming_ = false;  // The body of the request at hand has not been read to its end.
  bool expects_continue_ = false;
  bool watching_ = false;
  bool closed_ = false;
};

}  // namespace drover::net::detail
