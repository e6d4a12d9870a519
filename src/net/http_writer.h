#pragma once

#include "net/http.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace drover::net {

// How a response's body goes over the wire.
struct ResponseFraming {
  bool http_1_0 = false;
  bool keep_alive = true;
  bool chunked = false;
  bool upgrade = false;
  std::optional<uint64_t> content_length;
};

// Status line, headers and the empty line. Line breaks in header values become spaces.
std::string response_head(const HttpResponse& response, const ResponseFraming& framing);

// True for statuses that never have a body.
bool is_bodiless(int status);

// True if compressing helps: large enough, not compressed already, and the client accepts it.
bool should_compress(const HttpResponse& response, std::string_view accept_encoding, size_t min_bytes);

std::string chunk_head(size_t bytes);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

void append_header(std::string& out, std::string_view name, std::string_view value);

}  // namespace drover::net
