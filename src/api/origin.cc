#include "api/origin.h"

#include <algorithm>

#include "base/strings.h"

namespace drover::api {
namespace {

// "host:port" of "scheme://host:port".
std::string_view authority_of(std::string_view origin) {
  const size_t scheme = origin.find("://");
  return scheme == std::string_view::npos ? std::string_view() : origin.substr(scheme + 3);
}

// The host without its port.
std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

bool is_address(std::string_view host) {
  const auto is_v4 = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  return host.starts_with('[') || std::ranges::all_of(host, is_v4);
}

// Names without a dot are no public ones: "localhost", the name of this machine.
bool is_public_name(std::string_view host) {
  return !is_address(host) && host.find('.') != std::string_view::npos && !host.ends_with(".localhost");
}

bool is_loopback(std::string_view remote) {
  return remote.starts_with("127.") || remote.starts_with("[::1]") || remote.starts_with("[::ffff:127.");
}

bool is_write(std::string_view method) {
  return method != "GET" && method != "HEAD" && method != "OPTIONS";
}

}  // namespace

Status check_origin(const net::HttpRequest& request, const std::vector<std::string>& allowed, OriginRule rule) {
  const std::string_view host = request.headers.get("Host");
  const auto is_allowed = [&](std::string_view authority) {
    return std::ranges::any_of(
        allowed, [&](const std::string& origin) { return equals_ignore_case(authority_of(origin), authority); });
  };
  if (is_loopback(request.remote_address) && is_public_name(host_of(host)) && !is_allowed(host)) {
    return err(ErrorCode::PermissionDenied, "Host \"{}\" is not a name of this agent", printable(host));
  }
  const auto origin = request.headers.find("Origin");
  if (!origin || (rule == OriginRule::Writes && !is_write(request.method))) return Ok{};
  const std::string_view authority = authority_of(*origin);
  if (!authority.empty() && (equals_ignore_case(authority, host) || is_allowed(authority))) return Ok{};
  return err(ErrorCode::PermissionDenied, "cross-origin request from \"{}\" refused", printable(*origin));
}

}  // namespace drover::api
