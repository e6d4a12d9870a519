#include "net/http_writer.h"

#include "base/strings.h"
#include "net/gzip.h"

#include <charconv>
#include <ctime>

namespace drover::net {
namespace {

// RFC 9110's date, computed once a second a thread.
std::string_view http_date() {
  thread_local std::time_t cached_at = 0;
  thread_local char cached[40];
  const std::time_t now = std::time(nullptr);
  if (now != cached_at) {
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::strftime(cached, sizeof cached, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    cached_at = now;
  }
  return cached;
}

bool is_framing(std::string_view name) {
  switch (name.size()) {
    case 4:
      return equals_ignore_case(name, "date");
    case 10:
      return equals_ignore_case(name, "connection");
    case 14:
      return equals_ignore_case(name, "content-length");
    case 17:
      return equals_ignore_case(name, "transfer-encoding");
    default:
      return false;
  }
}

}  // namespace

void append_header(std::string& out, std::string_view name, std::string_view value) {
  const size_t begin = out.size();
  out.append(name).append(": ").append(value);
  for (size_t i = begin; i < out.size(); ++i) {
    if (out[i] == '\r' || out[i] == '\n' || out[i] == '\0') out[i] = ' ';
  }
  out += "\r\n";
}

std::string response_head(const HttpResponse& response, const ResponseFraming& framing) {
  std::string out;
  out.reserve(256);
  out += framing.http_1_0 ? "HTTP/1.0 " : "HTTP/1.1 ";
  out += std::to_string(response.status);
  out += ' ';
  out += http_reason(response.status);
  out += "\r\n";
  append_header(out, "Date", http_date());
  for (const auto& [name, value] : response.headers.all()) {
    if (!is_framing(name)) append_header(out, name, value);
  }
  if (framing.content_length) append_header(out, "Content-Length", std::to_string(*framing.content_length));
  if (framing.chunked) append_header(out, "Transfer-Encoding", "chunked");
  if (framing.upgrade) {
    append_header(out, "Connection", "Upgrade");
  } else if (!framing.keep_alive) {
    append_header(out, "Connection", "close");
  } else if (framing.http_1_0) {
    append_header(out, "Connection", "keep-alive");
  }
  out += "\r\n";
  return out;
}

bool is_bodiless(int status) {
  return status / 100 == 1 || status == 204 || status == 304;
}

bool should_compress(const HttpResponse& response, std::string_view accept_encoding, size_t min_bytes) {
  return response.body.size() >= min_bytes && !response.stream && !is_bodiless(response.status) &&
         !response.headers.contains("Content-Encoding") && accepts_gzip(accept_encoding);
}

std::string chunk_head(size_t bytes) {
  char text[20];
  const auto end = std::to_chars(text, text + sizeof text, bytes, 16).ptr;
  return std::string(text, end) + "\r\n";
}

}  // namespace drover::net
