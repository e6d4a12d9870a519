// HTTP requests and responses: the same message is read from one piece as from many.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/http_parser.h"

namespace {

using drover::net::HttpParser;

struct Read {
  HttpParser::State state{};
  std::string target;
  std::string body;
  size_t headers = 0;
  friend bool operator==(const Read&, const Read&) = default;
};

// `piece` bytes more are offered at a time.
Read read(HttpParser::Kind kind, std::string_view data, size_t piece) {
  HttpParser parser({.kind = kind, .max_header_bytes = 4096, .max_body_bytes = 1 << 16});
  Read out;
  size_t taken = 0, offered = 0;
  while (parser.state() != HttpParser::State::Done && parser.state() != HttpParser::State::Failed) {
    const size_t used = parser.feed(data.substr(taken, offered - taken));
    taken += used;
    if (parser.state() == HttpParser::State::Body || parser.state() == HttpParser::State::Done) {
      out.body += parser.body();
      parser.body().clear();
    }
    if (used > 0) continue;
    if (offered == data.size()) break;
    offered = std::min(data.size(), offered + piece);
  }
  if (parser.started()) parser.feed_eof();
  out.state = parser.state();
  if (out.state != HttpParser::State::Done) return out.body.clear(), out;
  out.body += parser.body();
  out.target = parser.head().target;
  out.headers = parser.head().headers.all().size();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const auto kind : {HttpParser::Kind::Request, HttpParser::Kind::Response}) {
    const Read whole = read(kind, bytes, size + 1);
    if (whole != read(kind, bytes, 1) || whole != read(kind, bytes, 7)) __builtin_trap();
  }
  return 0;
}
