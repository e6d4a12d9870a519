#pragma once

#include "net/task.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace drover::net {

using StringPairs = std::vector<std::pair<std::string, std::string>>;

// Header fields in order of arrival; names compare without regard to case.
class HttpHeaders {
 public:
  HttpHeaders() = default;
  HttpHeaders(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}

  // The first value of that name.
  std::optional<std::string_view> find(std::string_view name) const;
  // The first value, or "".
  std::string_view get(std::string_view name) const { return find(name).value_or(std::string_view()); }
  bool contains(std::string_view name) const { return find(name).has_value(); }
  // True if a comma-separated list of that name holds `token`.
  bool has_token(std::string_view name, std::string_view token) const;

  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  // Replaces every field of that name.
  void set(std::string name, std::string value);
  void erase(std::string_view name);

  const StringPairs& all() const { return fields_; }

 private:
  StringPairs fields_;
};

// Decoded query parameters in order; names are case-sensitive and may repeat.
class HttpQuery {
 public:
  std::optional<std::string_view> find(std::string_view name) const;
  std::string_view get(std::string_view name) const { return find(name).value_or(std::string_view()); }
  bool contains(std::string_view name) const { return find(name).has_value(); }
  std::vector<std::string_view> find_all(std::string_view name) const;

  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  const StringPairs& all() const { return fields_; }

 private:
  StringPairs fields_;
};

class BodyStream;

struct HttpRequest {
  std::string method;
  std::string target;    // As sent: "/v1/job/a%2Fb?pretty".
  std::string raw_path;  // The target without the query: "/v1/job/a%2Fb". Split this, then decode the parts.
  std::string path;      // Decoded: "/v1/job/a/b".
  HttpQuery query;
  HttpHeaders headers;
  std::string body;
  std::string remote_address;  // "127.0.0.1:51234", or "unix".
  bool keep_alive = true;
  // In place of `body` where the server passes bodies on as they arrive (HttpServerOptions::stream_bodies). To be read
  // while the handler, or the stream of its response, runs.
  std::shared_ptr<BodyStream> body_stream;
};

// A body that is made while it is sent. The server asks for the next chunk when the former has been written, and
// destroys the stream when it ended, failed, or the client has gone; a pending next() is cancelled before that.
class BodyStream {
 public:
  virtual ~BodyStream() = default;

  // Nothing ends the body; an error breaks the connection off, so that the client sees the body as incomplete. An empty
  // chunk is skipped.
  virtual Task<Result<std::optional<std::string>>> next() = 0;
};

// Raw bytes both ways. One reader and one writer at a time.
class ByteChannel {
 public:
  virtual ~ByteChannel() = default;
  // Some bytes; nothing when the peer has closed its side.
  virtual Task<Result<std::optional<std::string>>> read_some() = 0;
  virtual Task<Status> write(std::string bytes) = 0;
};

// What a connection is used for after 101 Switching Protocols. It is closed when this ends, and this is cancelled when
// the connection is broken off by the server.
using UpgradeHandler = std::function<Task<void>(ByteChannel& channel)>;

// The server adds Content-Length or Transfer-Encoding, Connection, Content-Encoding and Date.
struct HttpResponse {
  int status = 200;
  HttpHeaders headers;
  std::string body;
  std::unique_ptr<BodyStream> stream;  // In place of `body` when set.
  UpgradeHandler upgrade;              // With status 101 and the header Upgrade.
};

// "Not Found"; "" for a status without a name.
std::string_view http_reason(int status);

// The usual plain-text answer: Content-Type text/plain and the message as it is.
HttpResponse text_response(int status, std::string body);
HttpResponse json_response(int status, std::string body);

// Percent-encodes everything but A-Z a-z 0-9 - . _ ~: for one path segment or query value.
std::string url_encode(std::string_view text);

// Undoes percent-encoding; '+' stays. Fails on a broken escape.
Result<std::string> url_decode(std::string_view text);

// "a=1&b=x+y&c": '+' is a space. Fails on a broken escape or a NUL.
Result<HttpQuery> parse_query(std::string_view text);

// Fills target, raw_path, path and query. Fails on control characters, broken escapes and anything that is not an
// absolute path ("*" and "http://host/path" are read as servers have to).
Status parse_target(std::string target, HttpRequest& request);

struct HttpUrl {
  std::string scheme;  // "http", "https" or "unix".
  std::string host;    // Without brackets; "" for unix.
  uint16_t port = 0;
  std::string path;  // What follows the authority ("/v1/jobs?x=1", may be empty); for unix the socket's path.
};

// http[s]://host[:port][/path], unix:///path. Fails with InvalidArgument on anything else.
Result<HttpUrl> parse_http_url(std::string_view url);

}  // namespace drover::net
