#pragma once

#include "net/http.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace drover::net {

// What stands before a message's body.
struct HttpHead {
  std::string method;  // Requests.
  std::string target;
  int status = 0;  // Responses.
  int version = 11;
  HttpHeaders headers;
  std::optional<uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;
};

// Why a message was refused, as the status that says so.
struct HttpParseError {
  int status = 400;
  std::string message;
};

// Parses one HTTP/1.1 message from bytes as they come: Beast's parser, plus the strictness that keeps two parsers from
// disagreeing about where a message ends (one Content-Length, no other transfer coding than chunked, one Host).
class HttpParser {
 public:
  enum class Kind { Request, Response };
  enum class State { Header, Body, Done, Failed };

  struct Options {
    Kind kind = Kind::Request;
    size_t max_header_bytes = 64 << 10;
    std::optional<uint64_t> max_body_bytes;
    bool skip_body = false;  // The response to HEAD.
  };

  explicit HttpParser(const Options& options);
  ~HttpParser();
  HttpParser(HttpParser&&) noexcept;
  HttpParser& operator=(HttpParser&&) noexcept;

  // Takes from the front of `data` and returns how much; stops at the end of the header, so call again for the body.
  // What was not taken has to be presented again, with more behind it. The error is sticky.
  size_t feed(std::string_view data);

  // The peer has closed: ends a body that lasts until then, fails anything else that is unfinished.
  void feed_eof();

  State state() const;
  bool started() const;  // A byte of the message was taken or seen.
  const HttpParseError& error() const;

  // From State::Body on.
  HttpHead& head();
  // The bytes of the body so far, chunk framing removed; take them out as you like.
  std::string& body();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace drover::net
