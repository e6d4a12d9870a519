#include "expose/proxy.h"

#include "base/strings.h"
#include "expose/reason_page.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

namespace drover::expose {
namespace {

using net::HttpRequest;
using net::HttpResponse;
using net::Task;

constexpr const char* kHops = "X-Drover-Hops";
constexpr size_t kMaxClients = 4096;

// What one hop says to the next.
constexpr auto kOfOneHop = std::to_array<std::string_view>(
    {"Connection", "Keep-Alive", "Transfer-Encoding", "Proxy-Connection", "Expect", "Upgrade", "TE", "Trailer"});

bool is_of_one_hop(std::string_view name, const net::HttpHeaders& headers) {
  const bool known = std::ranges::any_of(kOfOneHop, [&](auto other) { return equals_ignore_case(name, other); });
  return known || headers.has_token("Connection", name);
}

net::HttpHeaders passed_on(const net::HttpHeaders& headers) {
  net::HttpHeaders out;
  for (const auto& [name, value] : headers.all()) {
    if (!is_of_one_hop(name, headers)) out.add(name, value);
  }
  return out;
}

// Kept as long as the answer is read.
class AnswerBody final : public net::BodyStream {
 public:
  explicit AnswerBody(net::HttpStream stream) : stream_(std::move(stream)) {}
  Task<Result<std::optional<std::string>>> next() override { return stream_.read_chunk(); }

 private:
  net::HttpStream stream_;
};

// Copies until the sender closes or the receiver is gone.
Task<void> copy_bytes(net::ByteChannel& from, net::ByteChannel& to) {
  while (true) {
    auto bytes = co_await from.read_some();
    if (!bytes || !*bytes) co_return;
    const auto written = co_await to.write(std::move(**bytes));
    if (!written) co_return;
  }
}

Task<void> join(std::shared_ptr<net::DuplexStream> task, net::ByteChannel& client) {
  co_await net::run_either(copy_bytes(*task, client), copy_bytes(client, *task));
}

std::string host_of(std::string_view address) {
  const size_t colon = address.rfind(':');
  return std::string(colon == std::string_view::npos ? address : address.substr(0, colon));
}

Route bad_gateway(Route route, const Error& error) {
  route.status = error.code() == ErrorCode::DeadlineExceeded ? 504 : 502;
  route.reason = "no-answer";
  route.message = error.message();
  return route;
}

// Nothing has reached the task, or it may be asked twice.
bool may_ask_another(const HttpRequest& request, const Error& error) {
  return !request.body_stream && error.message().starts_with("connect ");
}

}  // namespace

std::string id_of_host(std::string_view host, std::string_view domain) {
  const size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']') == std::string_view::npos) host = host.substr(0, colon);
  const std::string name = to_lower(host);
  const size_t dot = name.find('.');
  if (dot == std::string::npos) return "";
  if (!domain.empty() && name.substr(dot + 1) != to_lower(domain)) return "";
  const std::string id = name.substr(0, dot);
  const bool proper = std::ranges::all_of(id, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
  return proper ? id : "";
}

Task<HttpResponse> Proxy::handle(HttpRequest request) {
  const std::string id = id_of_host(request.headers.get("Host"), options_.domain);
  if (id.empty()) {
    const Route route{.status = 404, .reason = reason::kUnknown, .message = "the host name holds no id of a port"};
    co_return reason_response(route, request.headers);
  }
  const auto hops = parse_int(request.headers.get(kHops)).value_or(0);
  if (hops >= options_.max_hops) {
    const Route route{.status = 508, .reason = "loop", .message = "the request went from proxy to proxy in a circle"};
    co_return reason_response(route, request.headers);
  }
  Route route = co_await routes_.find(id);
  if (route.status != 200 || route.targets.empty()) co_return reason_response(route, request.headers);
  const bool upgrades = request.headers.contains("Upgrade") && request.headers.has_token("Connection", "Upgrade");
  std::optional<Error> last;
  const size_t first = turn_++;
  for (size_t i = 0; i < route.targets.size(); ++i) {
    const Target target = route.targets[(first + i) % route.targets.size()];
    auto response = co_await (upgrades ? upgrade(request, target) : forward(request, target));
    if (response) co_return std::move(*response);
    last = response.error();
    if (!may_ask_another(request, *last)) break;
  }
  co_return reason_response(bad_gateway(std::move(route), *last), request.headers);
}

net::HttpHeaders Proxy::forwarded_headers(const HttpRequest& request) const {
  net::HttpHeaders out = passed_on(request.headers);
  const std::string client = host_of(request.remote_address);
  const std::string before(request.headers.get("X-Forwarded-For"));
  out.set("X-Forwarded-For", before.empty() ? client : before + ", " + client);
  // The first proxy knows what the client has asked for.
  if (!request.headers.contains(kHops)) {
    out.set("X-Forwarded-Proto", options_.tls ? "https" : "http");
    out.set("X-Forwarded-Host", std::string(request.headers.get("Host")));
  }
  out.set(kHops, std::to_string(parse_int(request.headers.get(kHops)).value_or(0) + 1));
  return out;
}

Task<Result<HttpResponse>> Proxy::forward(const HttpRequest& request, const Target& target) {
  CO_TRY_LET(net::HttpClient * client, client_of(target.url));
  net::HttpClientRequest forwarded{.method = request.method,
                                   .target = request.target,
                                   .headers = forwarded_headers(request),
                                   .body = request.body,
                                   .body_stream = request.body_stream};
  if (!target.is_proxy) forwarded.headers.erase(kHops);
  const net::HttpTimeouts timeouts{
      .connect = options_.connect_timeout, .response = net::kNoTimeout, .idle = net::kNoTimeout};
  auto opened = co_await client->open(std::move(forwarded), timeouts);
  CO_TRY_LET(auto stream, std::move(opened));
  HttpResponse response;
  response.status = stream.status();
  response.headers = passed_on(stream.headers());
  response.stream = std::make_unique<AnswerBody>(std::move(stream));
  co_return response;
}

Task<Result<HttpResponse>> Proxy::upgrade(const HttpRequest& request, const Target& target) {
  CO_TRY_LET(net::HttpClient * client, client_of(target.url));
  net::HttpClientRequest forwarded{
      .method = request.method, .target = request.target, .headers = forwarded_headers(request)};
  if (!target.is_proxy) forwarded.headers.erase(kHops);
  forwarded.headers.add("Connection", "Upgrade");
  forwarded.headers.add("Upgrade", std::string(request.headers.get("Upgrade")));
  HttpResponse answer;
  const net::HttpTimeouts timeouts{.connect = options_.connect_timeout, .response = net::kNoTimeout};
  auto stream = co_await client->upgrade(std::move(forwarded), timeouts, &answer);
  if (!stream && answer.headers.all().empty()) co_return err(stream.error());
  HttpResponse response;
  response.status = answer.status;
  response.headers = passed_on(answer.headers);
  if (!stream) {
    response.headers.erase("Content-Length");
    response.body = answer.body;
    co_return response;
  }
  response.status = 101;
  response.headers.add("Upgrade", std::string(answer.headers.get("Upgrade")));
  response.upgrade = [kept = std::make_shared<net::DuplexStream>(std::move(*stream))](net::ByteChannel& channel) {
    return join(kept, channel);
  };
  co_return response;
}

// Tasks come and go: connections to those that are not asked any more are given up with the rest, now and then.
Result<net::HttpClient*> Proxy::client_of(const std::string& url) {
  const auto found = clients_.find(url);
  if (found != clients_.end()) return &found->second;
  net::HttpClientOptions client_options{.max_idle_connections = 64};
  if (url.starts_with("https:")) {
    // Another agent's proxy: its certificate is for names that its clients use.
    if (!trusting_) {
      TRY_LET(trusting_, net::TlsContext::create({.verify = false}));
    }
    client_options.tls.context = trusting_;
  }
  TRY_LET(auto client, net::HttpClient::create(url, std::move(client_options)));
  if (clients_.size() >= kMaxClients) clients_.clear();
  return &clients_.emplace(url, std::move(client)).first->second;
}

}  // namespace drover::expose
