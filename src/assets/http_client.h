#pragma once

#include "assets/url.h"
#include "base/clock.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace drover::assets {

// AWS Signature Version 4.
struct Signing {
  std::string region;
  std::string key_id;
  std::string secret;
  std::string token;  // "": none
};

// Which addresses may be connected to. Link-local ones, where clouds hand out credentials, never are.
enum class Reach : uint8_t {
  Anywhere,   // this machine's own too
  Elsewhere,  // not loopback: for addresses that another server named
};

struct HttpReply {
  int status = 0;
  std::string reason;                          // "404 Not Found"
  std::map<std::string, std::string> headers;  // names in lower case; the last one of several
  bool from_loopback = false;
  std::string location;  // of a redirection: absolute
};

struct HttpCall {
  Url url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<Signing> signing;
  bool insecure = false;
  Reach reach = Reach::Anywhere;
  Duration timeout{};  // of the whole transfer
  // Once, before the first byte of a body: an error ends the transfer and is its result.
  std::function<Status(const HttpReply&)> on_reply;
  std::function<Status(std::string_view)> on_body;
};

// Makes one request after another, over connections that it keeps. Blocks. Loads libcurl when it is made: agents that
// fetch nothing, and machines without it, do without.
class HttpClient {
 public:
  static Result<HttpClient> create();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;
  ~HttpClient();

  // One GET; redirections are not followed. Unavailable: worth another try.
  Result<HttpReply> get(const HttpCall& call);

 private:
  struct State;
  explicit HttpClient(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Whether packets to such an address ("10.0.0.1", "::1") may be sent.
Status check_address(std::string_view address, Reach reach);

}  // namespace drover::assets
