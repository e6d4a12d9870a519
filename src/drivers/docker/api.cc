#include "drivers/docker/api.h"

#include "base/strings.h"
#include "codec/json.h"

#include <utility>

namespace drover::drivers {
namespace {

constexpr size_t kMaxErrorText = 64 << 10;

ErrorCode code_of(int status) {
  switch (status) {
    case 400:
      return ErrorCode::InvalidArgument;
    case 401:
    case 403:
      return ErrorCode::PermissionDenied;
    case 404:
      return ErrorCode::NotFound;
    case 409:
      return ErrorCode::Conflict;
    case 503:
      return ErrorCode::Unavailable;
    default:
      return ErrorCode::Internal;
  }
}

Error error_of(int status, std::string_view body) {
  const auto json = codec::parse_json(body);
  const std::string message = json ? text_at(*json, "message") : std::string();
  const std::string text = message.empty() ? std::string(trim(body)) : message;
  // Podman's 500 for what is Docker's 409: the container has ended.
  const bool wrong_state = json && text_at(*json, "cause") == "container state improper";
  return {wrong_state ? ErrorCode::Conflict : code_of(status),
          text.empty() ? fmt::format("docker answered with status {}", status) : printable(text, 1000)};
}

net::HttpClientRequest json_request(std::string method, std::string target, const codec::Value& body) {
  net::HttpClientRequest request{.method = std::move(method), .target = std::move(target)};
  if (body.is_null()) return request;
  request.headers.set("Content-Type", "application/json");
  request.body = codec::dump(body);
  return request;
}

Result<codec::Value> read_answer(const net::HttpResponse& response) {
  if (response.status >= 400) return err(error_of(response.status, response.body));
  if (trim(response.body).empty()) return codec::Value();
  return codec::parse_json(response.body);
}

Result<net::HttpClient> engine_client(const std::string& endpoint, const DockerTls& tls) {
  constexpr std::string_view kTcp = "tcp://";
  std::string url = endpoint;
  if (endpoint.starts_with(kTcp)) url = (tls.any() ? "https://" : "http://") + endpoint.substr(kTcp.size());
  net::HttpClientOptions options;
  if (url.starts_with("https://")) {
    auto context = net::TlsContext::create({.ca_file = tls.ca, .cert_file = tls.cert, .key_file = tls.key});
    if (!context) return err(context.error().context("docker tls"));
    options.tls.context = std::move(*context);
  }
  auto client = net::HttpClient::create(url, options);
  if (!client) return err(client.error().context("docker endpoint"));
  return client;
}

}  // namespace

Result<std::shared_ptr<const DockerApi>> DockerApi::create(const std::string& endpoint, const DockerTls& tls) {
  TRY_LET(auto client, engine_client(endpoint, tls));
  return std::shared_ptr<const DockerApi>(new DockerApi(endpoint, std::move(client)));
}

DockerApi::DockerApi(std::string endpoint, net::HttpClient client)
    : endpoint_(std::move(endpoint)), client_(std::move(client)) {}

Error DockerApi::unreachable(const Error& cause) const {
  if (cause.code() == ErrorCode::Cancelled) return cause;
  const std::string place = endpoint_.starts_with("unix://") ? endpoint_.substr(7) : endpoint_;
  return {cause.code() == ErrorCode::DeadlineExceeded ? cause.code() : ErrorCode::Unavailable,
          fmt::format("the docker daemon is not reachable at {}: {}", place, cause.message())};
}

net::Task<Result<codec::Value>> DockerApi::get(std::string target, Duration timeout) const {
  net::HttpClientRequest request{.target = std::move(target)};
  const auto response = co_await client_.request(std::move(request), {.response = timeout, .idle = timeout});
  if (!response) co_return err(unreachable(response.error()));
  co_return read_answer(*response);
}

net::Task<Result<codec::Value>> DockerApi::post(std::string target, codec::Value body, Duration timeout) const {
  auto request = json_request("POST", std::move(target), body);
  const auto response = co_await client_.request(std::move(request), {.response = timeout, .idle = timeout});
  if (!response) co_return err(unreachable(response.error()));
  co_return read_answer(*response);
}

net::Task<Status> DockerApi::remove(std::string target) const {
  net::HttpClientRequest request{.method = "DELETE", .target = std::move(target)};
  const auto response = co_await client_.request(std::move(request), {});
  if (!response) co_return err(unreachable(response.error()));
  if (response->status >= 400) co_return err(error_of(response->status, response->body));
  co_return Ok{};
}

net::Task<Result<net::HttpStream>> DockerApi::open(net::HttpClientRequest request, net::HttpTimeouts timeouts) const {
  auto stream = co_await client_.open(std::move(request), timeouts);
  if (!stream) co_return err(unreachable(stream.error()));
  if (stream->status() < 300) co_return std::move(*stream);
  const int status = stream->status();
  const auto text = co_await stream->read_all(kMaxErrorText);
  co_return err(error_of(status, text ? *text : std::string()));
}

net::Task<Result<net::DuplexStream>> DockerApi::upgrade(net::HttpClientRequest request) const {
  auto stream = co_await client_.upgrade(std::move(request));
  if (stream) co_return std::move(*stream);
  const bool unanswered =
      stream.error().code() == ErrorCode::Unavailable && stream.error().message().find("status") == std::string::npos;
  co_return err(unanswered ? unreachable(stream.error()) : stream.error());
}

net::Task<Result<codec::Value>> DockerApi::inspect(std::string container) const {
  return get("/containers/" + container + "/json");
}

net::Task<Result<bool>> DockerApi::wait(std::string container, Duration timeout) const {
  auto answer = co_await net::with_timeout(timeout, "the container",
                                           post("/containers/" + container + "/wait", {}, net::kNoTimeout));
  if (answer) co_return true;
  if (answer.error().code() == ErrorCode::DeadlineExceeded) co_return false;
  co_return err(answer.error());
}

net::Task<Status> DockerApi::kill(std::string container, std::string signal) const {
  const auto answer = co_await post("/containers/" + container + "/kill?signal=" + net::url_encode(signal));
  if (!answer) co_return err(answer.error());
  co_return Ok{};
}

net::Task<Status> DockerApi::remove_container(std::string container) const {
  for (;;) {
    const auto removed = co_await remove("/containers/" + container + "?force=1&v=1");
    if (removed || removed.error().code() == ErrorCode::NotFound) co_return Ok{};
    // Somebody else is at it: wait until the name is free.
    const bool in_progress = removed.error().code() == ErrorCode::Conflict &&
                             removed.error().message().find("already in progress") != std::string::npos;
    if (!in_progress) co_return err(removed.error());
    co_await net::sleep_for(std::chrono::milliseconds(50));
  }
}

const codec::Value* find_path(const codec::Value& value, std::string_view path) {
  const codec::Value* at = &value;
  while (at && !path.empty()) {
    const size_t dot = path.find('.');
    at = at->find(path.substr(0, dot));
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
  }
  return at;
}

std::string text_at(const codec::Value& value, std::string_view path) {
  const auto* found = find_path(value, path);
  const auto* text = found ? found->as_string() : nullptr;
  return text ? *text : std::string();
}

int64_t int_at(const codec::Value& value, std::string_view path) {
  const auto* found = find_path(value, path);
  if (const auto* number = found ? found->as_int() : nullptr) return *number;
  const auto* real = found ? found->as_double() : nullptr;
  return real ? static_cast<int64_t>(*real) : 0;
}

bool bool_at(const codec::Value& value, std::string_view path) {
  const auto* found = find_path(value, path);
  const auto* flag = found ? found->as_bool() : nullptr;
  return flag && *flag;
}

}  // namespace drover::drivers
