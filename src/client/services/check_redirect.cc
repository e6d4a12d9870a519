#include "client/services/check_redirect.h"

#include "base/strings.h"
#include "net/address.h"
#include "net/redirect.h"

#include <utility>

namespace drover::client {
namespace {

// "[::1]:80" and "name:80" → without the port.
std::string host_of(std::string_view authority) {
  const size_t bracket = authority.find(']');
  if (authority.starts_with('[') && bracket != std::string_view::npos)
    return std::string(authority.substr(1, bracket - 1));
  return std::string(authority.substr(0, authority.find(':')));
}

}  // namespace

std::string to_text(const net::HttpUrl& server) {
  return server.scheme + "://" + net::host_port(server.host, server.port);
}

Result<CheckRequest> follow_redirection(const CheckRequest& last, int status, std::string_view location) {
  CheckRequest next = last;
  TRY_LET(const auto there,
          net::parse_http_url(net::resolve_location(to_text(last.server) + last.request.target, location)));
  const std::string name = host_of(last.request.headers.get("Host"));
  const bool same_name = equals_ignore_case(there.host, name) && there.scheme == last.server.scheme;
  if (!same_name && !equals_ignore_case(there.host, last.server.host)) {
    return err(ErrorCode::PermissionDenied, "redirected to another host, {}", printable(location, 200));
  }
  if (!same_name) next.server = {.scheme = there.scheme, .host = last.server.host, .port = there.port};
  next.request.target = there.path.empty() ? "/" : there.path;
  const std::string& method = last.request.method;
  if (status < 307 && method != "GET" && method != "HEAD") {
    next.request.method = "GET";
    next.request.body.clear();
  }
  return next;
}

}  // namespace drover::client
