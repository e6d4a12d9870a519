#pragma once

#include "codec/value.h"
#include "net/http_client.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace drover::cli {

struct ApiClientOptions {
  std::string address = "http://127.0.0.1:4646";
  std::string region;  // "" leaves the choice to the server, here and below
  std::string name_space;
  std::string token;
};

struct Answer {
  codec::Value value;
  uint64_t index = 0;      // X-Nomad-Index
  std::string next_token;  // X-Nomad-NextToken: where the next page of a list begins
};

// A blocking query: answers when something changed after `index`, or after `wait`.
struct Watch {
  uint64_t index = 0;
  Duration wait{};
};

// The HTTP API of one agent. Errors hold the server's text, or say what could not be reached (Unavailable, and then
// only); 404 is NotFound, 403 PermissionDenied, 400 and 405 InvalidArgument, the rest Internal.
class ApiClient {
 public:
  static Result<ApiClient> create(ApiClientOptions options);

  Result<Answer> get(const std::string& path, net::StringPairs query = {}, std::optional<Watch> watch = {});
  Result<codec::Value> send(const std::string& method, const std::string& path, const codec::Value& body,
                            net::StringPairs query = {});
  // A body as it is.
  Result<codec::Value> send_text(const std::string& method, const std::string& path, std::string body);
  // The bytes of a body as they come, until they end or `on_chunk` returns false.
  Status stream(const std::string& path, net::StringPairs query, std::function<bool(std::string_view)> on_chunk);

  // A request with all that the options add to it, for other kinds of connections.
  net::HttpClientRequest make_request(std::string method, const std::string& path, net::StringPairs query) const;

  const ApiClientOptions& options() const { return options_; }
  void use_namespace(std::string name) { options_.name_space = std::move(name); }

 private:
  ApiClient(ApiClientOptions options, net::BlockingHttpClient http);

  Result<codec::Value> exchange(net::HttpClientRequest request);

  ApiClientOptions options_;
  net::BlockingHttpClient http_;
};

// "/v1/job/" + an id as one path segment.
std::string api_path(std::string_view prefix, std::string_view id, std::string_view suffix = {});

}  // namespace drover::cli
