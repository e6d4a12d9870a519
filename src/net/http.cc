#include "net/http.h"

#include "base/strings.h"

#include <algorithm>

namespace drover::net {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

enum class Plus { Literal, Space };

Result<std::string> decode(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == Plus::Space) {
      out += ' ';
      continue;
    }
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 1 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return err(ErrorCode::InvalidArgument, "invalid URL escape \"{}\"", printable(text.substr(i, 3)));
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

struct Reason {
  int status;
  std::string_view name;
};

constexpr Reason kReasons[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Request Entity Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Entity"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {499, "Client Closed Request"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};

Result<uint16_t> parse_port(std::string_view text, std::string_view url) {
  const auto port = parse_uint(text);
  if (!port || *port == 0 || *port > 65535) {
    return err(ErrorCode::InvalidArgument, "invalid port \"{}\" in address \"{}\"", printable(text), printable(url));
  }
  return static_cast<uint16_t>(*port);
}

}  // namespace

std::optional<std::string_view> HttpHeaders::find(std::string_view name) const {
  for (const auto& [key, value] : fields_) {
    if (equals_ignore_case(key, name)) return value;
  }
  return std::nullopt;
}

bool HttpHeaders::has_token(std::string_view name, std::string_view token) const {
  for (const auto& [key, value] : fields_) {
    if (!equals_ignore_case(key, name)) continue;
    for (const std::string& item : split(value, ',')) {
      if (equals_ignore_case(trim(item), token)) return true;
    }
  }
  return false;
}

void HttpHeaders::set(std::string name, std::string value) {
  erase(name);
  add(std::move(name), std::move(value));
}

void HttpHeaders::erase(std::string_view name) {
  std::erase_if(fields_, [name](const auto& field) { return equals_ignore_case(field.first, name); });
}

std::optional<std::string_view> HttpQuery::find(std::string_view name) const {
  for (const auto& [key, value] : fields_) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string_view> HttpQuery::find_all(std::string_view name) const {
  std::vector<std::string_view> out;
  for (const auto& [key, value] : fields_) {
    if (key == name) out.push_back(value);
  }
  return out;
}

std::string_view http_reason(int status) {
  for (const Reason& reason : kReasons) {
    if (reason.status == status) return reason.name;
  }
  return "";
}

HttpResponse text_response(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain; charset=utf-8");
  response.body = std::move(body);
  return response;
}

HttpResponse json_response(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.body = std::move(body);
  return response;
}

std::string url_encode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

Result<std::string> url_decode(std::string_view text) {
  return decode(text, Plus::Literal);
}

Result<HttpQuery> parse_query(std::string_view text) {
  HttpQuery query;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    if (item.empty()) continue;
    const size_t equals = item.find('=');
    TRY_LET(std::string name, decode(item.substr(0, equals), Plus::Space));
    std::string value;
    if (equals != std::string_view::npos) {
      TRY_LET(value, decode(item.substr(equals + 1), Plus::Space));
    }
    if (name.find('\0') != std::string::npos || value.find('\0') != std::string::npos) {
      return err(ErrorCode::InvalidArgument, "query parameter \"{}\" holds a NUL byte", printable(name));
    }
    query.add(std::move(name), std::move(value));
  }
  return query;
}

Status parse_target(std::string target, HttpRequest& request) {
  if (std::any_of(target.begin(), target.end(), is_control)) {
    return err(ErrorCode::InvalidArgument, "control character in request target");
  }
  std::string_view rest = target;
  rest = rest.substr(0, rest.find('#'));
  if (rest.starts_with("http://") || rest.starts_with("https://")) {
    const size_t authority = rest.find("://") + 3;
    const size_t path = rest.find_first_of("/?", authority);
    rest = path == std::string_view::npos ? "/" : rest.substr(path);
  }
  const size_t question = rest.find('?');
  std::string_view raw_path = rest.substr(0, question);
  if (raw_path.empty() && question != std::string_view::npos) raw_path = "/";
  if (!raw_path.starts_with('/') && raw_path != "*") {
    return err(ErrorCode::InvalidArgument, "request target \"{}\" is not an absolute path", printable(target));
  }
  TRY_LET(std::string path, decode(raw_path, Plus::Literal));
  if (std::any_of(path.begin(), path.end(), is_control)) {
    return err(ErrorCode::InvalidArgument, "control character in request path");
  }
  if (question != std::string_view::npos) {
    TRY_LET(request.query, parse_query(rest.substr(question + 1)));
  }
  request.raw_path = std::string(raw_path);
  request.path = std::move(path);
  request.target = std::move(target);
  return Ok{};
}

Result<HttpUrl> parse_http_url(std::string_view url) {
  HttpUrl out;
  if (url.starts_with("unix://")) {
    out.scheme = "unix";
    out.path = std::string(url.substr(7));
    if (!out.path.starts_with('/')) {
      return err(ErrorCode::InvalidArgument, "address \"{}\" needs an absolute socket path: unix:///path",
                 printable(url));
    }
    return out;
  }
  const bool tls = url.starts_with("https://");
  if (!tls && !url.starts_with("http://")) {
    return err(ErrorCode::InvalidArgument, "address \"{}\" must start with http://, https:// or unix://",
               printable(url));
  }
  std::string_view rest = url.substr(tls ? 8 : 7);
  const size_t slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  if (slash != std::string_view::npos) out.path = std::string(rest.substr(slash));
  out.scheme = tls ? "https" : "http";
  out.port = tls ? 443 : 80;
  std::string_view port;
  if (authority.starts_with('[')) {
    const size_t end = authority.find(']');
    if (end == std::string_view::npos) {
      return err(ErrorCode::InvalidArgument, "missing ] in address \"{}\"", printable(url));
    }
    out.host = std::string(authority.substr(1, end - 1));
    port = authority.substr(end + 1);
  } else {
    const size_t colon = authority.find(':');
    out.host = std::string(authority.substr(0, colon));
    port = colon == std::string_view::npos ? "" : authority.substr(colon);
  }
  if (!port.empty()) {
    if (!port.starts_with(':')) {
      return err(ErrorCode::InvalidArgument, "malformed address \"{}\"", printable(url));
    }
    TRY_LET(out.port, parse_port(port.substr(1), url));
  }
  if (out.host.empty() || out.host.find_first_of(" @?#") != std::string::npos) {
    return err(ErrorCode::InvalidArgument, "address \"{}\" has no valid host", printable(url));
  }
  return out;
}

}  // namespace drover::net
