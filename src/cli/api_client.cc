#include "cli/api_client.h"

#include "base/duration.h"
#include "base/strings.h"
#include "cli/console.h"
#include "codec/json.h"

namespace drover::cli {
namespace {

constexpr Duration kWatchSlack = std::chrono::seconds(30);

ErrorCode code_of(int status) {
  switch (status) {
    case 400:
    case 405:
      return ErrorCode::InvalidArgument;
    case 403:
      return ErrorCode::PermissionDenied;
    case 404:
      return ErrorCode::NotFound;
    default:
      return ErrorCode::Internal;
  }
}

Status check_status(const net::HttpResponse& response) {
  if (response.status / 100 == 2) return Ok{};
  const std::string text = printable_lines(trim(response.body));
  if (text.empty()) {
    return err(code_of(response.status), "the server answered {} {}", response.status,
               net::http_reason(response.status));
  }
  return err(Error(code_of(response.status), text));
}

Result<codec::Value> read_json(const net::HttpResponse& response) {
  if (trim(response.body).empty()) return codec::Value();
  auto value = codec::parse_json(response.body, {.max_bytes = size_t{256} << 20});
  if (value) return value;
  return err(ErrorCode::Internal, "the server's answer is not JSON ({}): is it a Drover or Nomad agent?",
             value.error().message());
}

}  // namespace

ApiClient::ApiClient(ApiClientOptions options, net::BlockingHttpClient http)
    : options_(std::move(options)), http_(std::move(http)) {}

Result<ApiClient> ApiClient::create(ApiClientOptions options) {
  std::string& address = options.address;
  if (address.find("://") == std::string::npos) address.insert(0, "http://");
  while (address.ends_with('/')) address.pop_back();
  auto http = net::BlockingHttpClient::create(address);
  if (!http) {
    return err(ErrorCode::InvalidArgument, "address \"{}\" cannot be used: {}", printable(address),
               http.error().message());
  }
  return ApiClient(std::move(options), std::move(*http));
}

net::HttpClientRequest ApiClient::make_request(std::string method, const std::string& path,
                                               net::StringPairs query) const {
  if (!options_.region.empty()) query.emplace_back("region", options_.region);
  if (!options_.name_space.empty()) query.emplace_back("namespace", options_.name_space);
  net::HttpClientRequest request{.method = std::move(method), .target = path};
  char separator = '?';
  for (const auto& [name, value] : query) {
    request.target += separator + name + "=" + net::url_encode(value);
    separator = '&';
  }
  if (!options_.token.empty()) request.headers.add("X-Nomad-Token", options_.token);
  return request;
}

Result<Answer> ApiClient::get(const std::string& path, net::StringPairs query, std::optional<Watch> watch) {
  net::HttpTimeouts timeouts;
  if (watch) {
    query.emplace_back("index", std::to_string(watch->index));
    query.emplace_back("wait", format_duration(watch->wait));
    timeouts.response = watch->wait + kWatchSlack;
  }
  TRY_LET(const net::HttpResponse response, http_.request(make_request("GET", path, std::move(query)), timeouts));
  TRY(check_status(response));
  TRY_LET(codec::Value value, read_json(response));
  return Answer{std::move(value), parse_uint(response.headers.get("X-Nomad-Index")).value_or(0),
                std::string(response.headers.get("X-Nomad-NextToken"))};
}

Result<codec::Value> ApiClient::send(const std::string& method, const std::string& path, const codec::Value& body,
                                     net::StringPairs query) {
  net::HttpClientRequest request = make_request(method, path, std::move(query));
  if (!body.is_null()) {
    request.headers.add("Content-Type", "application/json");
    request.body = codec::dump(body);
  }
  return exchange(std::move(request));
}

Result<codec::Value> ApiClient::send_text(const std::string& method, const std::string& path, std::string body) {
  net::HttpClientRequest request = make_request(method, path, {});
  request.body = std::move(body);
  return exchange(std::move(request));
}

Result<codec::Value> ApiClient::exchange(net::HttpClientRequest request) {
  TRY_LET(const net::HttpResponse response, http_.request(std::move(request)));
  TRY(check_status(response));
  return read_json(response);
}

Status ApiClient::stream(const std::string& path, net::StringPairs query,
                         std::function<bool(std::string_view)> on_chunk) {
  TRY_LET(const net::HttpResponse response,
          http_.stream(make_request("GET", path, std::move(query)), std::move(on_chunk)));
  return check_status(response);
}

std::string api_path(std::string_view prefix, std::string_view id, std::string_view suffix) {
  return std::string(prefix) + net::url_encode(id) + std::string(suffix);
}

}  // namespace drover::cli
