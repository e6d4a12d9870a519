#include "api/proxy.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "api/errors.h"
#include "base/strings.h"
#include "net/http_client.h"

namespace drover::api {
namespace {

// What one hop says to the next, and what net makes itself.
constexpr auto kNotPassedOn = std::to_array<std::string_view>(
    {"Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Content-Encoding", "Accept-Encoding", "Date",
     "Host", "Expect", "Upgrade", "TE", "Trailer", "Origin"});

// An agent without a server asks a server, which answers itself. Where another agent without one is asked instead
// (a wrong address, perhaps this agent's own), requests would go round in a circle.
constexpr const char* kPassedOn = "X-Drover-Passed-On";

std::optional<net::HttpResponse> refuse_second_hop(const net::HttpRequest& request) {
  if (!request.headers.contains(kPassedOn)) return std::nullopt;
  return net::text_response(
      508,
      "Loop Detected: the agent that was asked has no server and would pass the request on again; "
      "until a server has been reached, its HTTP API is looked for at client.servers with this agent's own HTTP port");
}

net::HttpHeaders headers_to_pass(const net::HttpHeaders& headers) {
  net::HttpHeaders out;
  for (const auto& [name, value] : headers.all()) {
    const bool drop = std::ranges::any_of(kNotPassedOn, [&](auto other) { return equals_ignore_case(name, other); });
    if (!drop) out.add(name, value);
  }
  return out;
}

// The client is kept as long as its stream is.
class ProxiedBody final : public net::BodyStream {
 public:
  ProxiedBody(net::HttpClient client, net::HttpStream stream)
      : client_(std::move(client)), stream_(std::move(stream)) {}

  net::Task<Result<std::optional<std::string>>> next() override { return stream_.read_chunk(); }

 private:
  net::HttpClient client_;
  net::HttpStream stream_;
};

net::Task<Result<net::HttpResponse>> ask(const net::HttpRequest& request, std::string server) {
  CO_TRY_LET(auto client, net::HttpClient::create(server));
  net::HttpClientRequest forwarded{.method = request.method,
                                   .target = request.target,
                                   .headers = headers_to_pass(request.headers),
                                   .body = request.body};
  forwarded.headers.set(kPassedOn, "1");
  // Blocking queries and logs have their own ends.
  const net::HttpTimeouts timeouts{.response = net::kNoTimeout, .idle = net::kNoTimeout};
  auto opened = co_await client.open(std::move(forwarded), timeouts);
  if (!opened) co_return err(opened.error());
  net::HttpResponse response;
  response.status = opened->status();
  response.headers = headers_to_pass(opened->headers());
  response.stream = std::make_unique<ProxiedBody>(std::move(client), std::move(*opened));
  co_return response;
}

// Copies until the sender closes or the receiver is gone.
net::Task<void> copy_bytes(net::ByteChannel& from, net::ByteChannel& to) {
  while (true) {
    auto bytes = co_await from.read_some();
    if (!bytes || !*bytes) co_return;
    const auto written = co_await to.write(std::move(**bytes));
    if (!written) co_return;
  }
}

net::Task<void> pipe(std::shared_ptr<net::DuplexStream> server, net::ByteChannel& client) {
  co_await net::run_either(copy_bytes(*server, client), copy_bytes(client, *server));
}

net::Task<net::HttpResponse> ask_upgrade(const net::HttpRequest& request, std::string server) {
  auto client = net::HttpClient::create(server);
  if (!client) co_return error_response(client.error());
  net::HttpClientRequest forwarded{
      .method = request.method, .target = request.target, .headers = headers_to_pass(request.headers)};
  forwarded.headers.set(kPassedOn, "1");
  forwarded.headers.add("Connection", "Upgrade");
  forwarded.headers.add("Upgrade", std::string(request.headers.get("Upgrade")));
  net::HttpResponse answer;
  auto stream = co_await client->upgrade(std::move(forwarded), {.response = net::kNoTimeout}, &answer);
  if (!stream) {
    if (answer.body.empty()) co_return error_response(stream.error());
    co_return net::text_response(answer.status, answer.body);
  }
  net::HttpResponse response;
  response.status = 101;
  response.headers = headers_to_pass(answer.headers);
  response.headers.add("Upgrade", std::string(answer.headers.get("Upgrade")));
  response.upgrade = [kept = std::make_shared<net::DuplexStream>(std::move(*stream))](net::ByteChannel& channel) {
    return pipe(kept, channel);
  };
  co_return response;
}

}  // namespace

net::Task<net::HttpResponse> proxy_upgrade(const net::HttpRequest& request, std::vector<std::string> servers) {
  if (auto refused = refuse_second_hop(request)) co_return std::move(*refused);
  net::HttpResponse last = error_response(Error(ErrorCode::Unavailable, "No cluster leader"));
  for (const std::string& server : servers) {
    last = co_await ask_upgrade(request, server);
    if (last.status != 500) break;
  }
  co_return last;
}

net::Task<net::HttpResponse> proxy(const net::HttpRequest& request, std::vector<std::string> servers) {
  if (auto refused = refuse_second_hop(request)) co_return std::move(*refused);
  Error last(ErrorCode::Unavailable, "No cluster leader");
  // Every write can be repeated without harm, so the next server is tried whatever went wrong with this one.
  for (const std::string& server : servers) {
    auto response = co_await ask(request, server);
    if (response) co_return std::move(*response);
    last = response.error();
  }
  co_return error_response(last);
}

}  // namespace drover::api
