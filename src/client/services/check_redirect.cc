#include "client/services/check_redirect.h"

#include "base/strings.h"

#include <utility>

namespace drover::client {
namespace {

// Of the request's target, without its query: "/a/b?x" → "/a/".
std::string directory_of(const std::string& target) {
  const std::string path = target.substr(0, target.find('?'));
  return path.substr(0, path.rfind('/') + 1);
}

std::string resolve_target(const std::string& target, std::string_view location) {
  const std::string reference(location.substr(0, location.find('#')));
  if (reference.starts_with('/')) return reference;
  if (reference.starts_with('?')) return target.substr(0, target.find('?')) + reference;
  return directory_of(target) + reference;
}

// "[::1]:80" and "name:80" → without the port.
std::string host_of(std::string_view authority) {
  const size_t bracket = authority.find(']');
  if (authority.starts_with('[') && bracket != std::string_view::npos)
    return std::string(authority.substr(1, bracket - 1));
  return std::string(authority.substr(0, authority.find(':')));
}

}  // namespace

std::string to_text(const net::HttpUrl& server) {
  const bool ipv6 = server.host.find(':') != std::string::npos;
  return fmt::format(fmt::runtime(ipv6 ? "{}://[{}]:{}" : "{}://{}:{}"), server.scheme, server.host, server.port);
}

bool is_redirection(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Result<CheckRequest> follow_redirection(const CheckRequest& last, int status, std::string_view location) {
  CheckRequest next = last;
  const bool absolute = location.find("://") != std::string_view::npos || location.starts_with("//");
  if (absolute) {
    const std::string url = (location.starts_with("//") ? last.server.scheme + ":" : "") + std::string(location);
    TRY_LET(const auto there, net::parse_http_url(url));
    const std::string name = host_of(last.request.headers.get("Host"));
    const bool same_name = equals_ignore_case(there.host, name) && there.scheme == last.server.scheme;
    if (!same_name && !equals_ignore_case(there.host, last.server.host)) {
      return err(ErrorCode::PermissionDenied, "redirected to another host, {}", printable(location, 200));
    }
    if (!same_name) next.server = {.scheme = there.scheme, .host = last.server.host, .port = there.port};
    next.request.target = resolve_target("/", there.path.empty() ? "/" : there.path);
  } else {
    next.request.target = resolve_target(last.request.target, location);
  }
  const std::string& method = last.request.method;
  if (status < 307 && method != "GET" && method != "HEAD") {
    next.request.method = "GET";
    next.request.body.clear();
  }
  return next;
}

}  // namespace drover::client
