#pragma once

#include "expose/route.h"
#include "net/http.h"
#include "net/http_client.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace drover::expose {

struct ProxyOptions {
  std::string domain;  // ids are the first label below it: "<id>.example.org"; "": whatever follows the first label
  bool tls = false;    // what the clients speak: for X-Forwarded-Proto
  Duration connect_timeout = std::chrono::seconds(5);
  int32_t max_hops = 3;  // proxies in a row
};

// The id that a Host header names, in lower case; "" if it names none.
std::string id_of_host(std::string_view host, std::string_view domain);

// The reverse proxy of exposed ports: by the host name of a request to where its task answers, bodies as they come in
// both directions, WebSockets and other upgrades as bytes. What cannot be answered says why, to people as a page and to
// programs as JSON. Owner: the loop's thread.
class Proxy {
 public:
  // REQUIRES that `routes` outlives the answers.
  Proxy(ProxyOptions options, RouteSource& routes) : options_(std::move(options)), routes_(routes) {}

  net::Task<net::HttpResponse> handle(net::HttpRequest request);

 private:
  net::Task<Result<net::HttpResponse>> forward(const net::HttpRequest& request, const Target& target);
  net::Task<Result<net::HttpResponse>> upgrade(const net::HttpRequest& request, const Target& target);
  net::HttpHeaders forwarded_headers(const net::HttpRequest& request) const;
  Result<net::HttpClient*> client_of(const std::string& url);

  const ProxyOptions options_;
  RouteSource& routes_;
  std::shared_ptr<const net::TlsContext> trusting_;
  std::map<std::string, net::HttpClient> clients_;
  uint64_t turn_ = 0;  // among several targets
};

}  // namespace drover::expose
