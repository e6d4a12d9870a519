#include "api/endpoint_call.h"

#include "base/strings.h"
#include "net/address.h"
#include "net/http_client.h"
#include "net/resolve.h"

#include <algorithm>
#include <utility>

namespace drover::api {
namespace {

constexpr Duration kWholeCall = std::chrono::minutes(2);
constexpr net::HttpTimeouts kTimeouts = {
    .connect = std::chrono::seconds(10), .response = std::chrono::seconds(30), .idle = std::chrono::seconds(30)};

bool may_be_asked(const std::string& address, const std::vector<std::string>& allowed) {
  if (net::kind_of_address(address) == net::AddressKind::Public) return true;
  return std::ranges::any_of(allowed, [&](const std::string& cidr) { return net::is_within(cidr, address); });
}

// What the name means is looked up once, so that what was checked is what is asked.
net::Task<Result<std::string>> find_address(std::string host, std::vector<std::string> allowed) {
  auto found = co_await net::resolve(host);
  CO_TRY_LET(const auto addresses, std::move(found));
  for (const std::string& address : addresses) {
    if (may_be_asked(address, allowed)) co_return address;
  }
  co_return err(ErrorCode::PermissionDenied,
                "{} has no public address ({}), nor one in a network that server.logistics_allow names",
                printable(host, 80), join(addresses, ", "));
}

net::Task<Result<std::string>> exchange(EndpointCall call, net::HttpUrl url) {
  auto found = co_await find_address(url.host, call.allowed_networks);
  CO_TRY_LET(const std::string address, std::move(found));
  const net::HttpClientOptions options{.max_body_bytes = call.max_answer, .tls = {.server_name = url.host}};
  CO_TRY_LET(const auto client,
             net::HttpClient::create(url.scheme + "://" + net::host_port(address, url.port), options));
  net::HttpClientRequest request{.method = call.method, .target = url.path.empty() ? "/" : url.path};
  request.headers.set("Host", net::host_port(url.host, url.port));
  request.headers.set("Accept", "application/json");
  if (!call.body.empty()) request.headers.set("Content-Type", "application/json");
  request.body = std::move(call.body);
  auto answered = co_await client.request(std::move(request), kTimeouts);
  CO_TRY_LET(auto answer, std::move(answered));
  if (answer.status < 200 || answer.status > 299) {
    co_return err(ErrorCode::Unavailable, "the answer is {}", answer.status);
  }
  co_return std::move(answer.body);
}

}  // namespace

net::Task<Result<std::string>> call_endpoint(EndpointCall call) {
  const std::string what = call.method + " " + printable(call.url.substr(0, call.url.find_first_of("?#")), 200);
  auto url = net::parse_http_url(call.url);
  if (!url) co_return err(url.error().context(what));
  if (url->scheme == "unix") co_return err(ErrorCode::InvalidArgument, "{}: must be http or https", what);
  auto answer = co_await net::with_timeout(kWholeCall, what, exchange(std::move(call), std::move(*url)));
  if (!answer) co_return err(answer.error().context(what));
  co_return std::move(*answer);
}

}  // namespace drover::api
