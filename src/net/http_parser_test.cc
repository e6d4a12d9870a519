#include "net/http_parser.h"

#include <gtest/gtest.h>

namespace drover::net {
namespace {

using State = HttpParser::State;

// Feeds all of `text`, `step` bytes at a time, as a connection does.
State feed_all(HttpParser& parser, std::string_view text, size_t step) {
  std::string pending;
  while (parser.state() != State::Done && parser.state() != State::Failed) {
    pending += text.substr(0, step);
    text.remove_prefix(std::min(step, text.size()));
    size_t taken = 0;
    do {
      taken = parser.feed(pending);
      pending.erase(0, taken);
    } while (taken > 0 && !pending.empty() && parser.state() == State::Body);
    if (text.empty() && taken == 0) break;
  }
  return parser.state();
}

int status_of(std::string_view text, HttpParser::Options options = {.max_header_bytes = 1000, .max_body_bytes = 100}) {
  HttpParser parser(options);
  return feed_all(parser, text, text.size()) == State::Failed ? parser.error().status : 0;
}

TEST(HttpParser, ReadsTheSameRequestInAnyPieces) {
  const std::string text =
      "PUT /v1/jobs?x=1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nX-A:  b \r\n\r\n"
      "5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nTrailer: x\r\n\r\n";
  for (size_t step = 1; step <= text.size(); ++step) {
    HttpParser parser({.max_body_bytes = 100});
    ASSERT_EQ(feed_all(parser, text, step), State::Done) << step << " " << parser.error().message;
    EXPECT_EQ(parser.head().method, "PUT");
    EXPECT_EQ(parser.head().target, "/v1/jobs?x=1");
    EXPECT_EQ(parser.head().headers.get("x-a"), "b");
    EXPECT_FALSE(parser.head().headers.contains("Trailer"));
    EXPECT_EQ(parser.body(), "hello world");
    EXPECT_TRUE(parser.head().keep_alive);
  }
}

TEST(HttpParser, LeavesThePipelinedRequestAlone) {
  HttpParser parser({});
  const std::string one = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_EQ(parser.feed(one + one), one.size());
  EXPECT_EQ(parser.state(), State::Done);
}

// cases.md 42: what two servers could read differently is refused.
TEST(HttpParser, RefusesAmbiguousLengths) {
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  for (const char* length : {"-1", "+1", "0x1", "1 1", "", "a", "99999999999999999999999"}) {
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::string(length) + "\r\n\r\n"), 400)
        << length;
  }
}

TEST(HttpParser, RefusesMalformedHeads) {
  using namespace std::string_literals;
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\n\r\n"), 400) << "no Host";
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n"s), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"s), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nX\rY: b\r\n\r\n"), 400);
  EXPECT_EQ(status_of("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(status_of("G@T / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(status_of("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS hello\r\n\r\n"s), 400);
  EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(2000, 'x')), 431);
}

TEST(HttpParser, BoundsTheBody) {
  const std::string head = "PUT / HTTP/1.1\r\nHost: a\r\n";
  EXPECT_EQ(status_of(head + "Content-Length: 101\r\n\r\n"), 413);
  EXPECT_EQ(status_of(head + "Content-Length: 100\r\n\r\n" + std::string(100, 'x')), 0);
  EXPECT_EQ(status_of(head + "Transfer-Encoding: chunked\r\n\r\n65\r\n"), 413);
  EXPECT_EQ(status_of(head + "Transfer-Encoding: chunked\r\n\r\n40\r\n" + std::string(64, 'x') + "\r\n40\r\n"), 413);
  EXPECT_EQ(status_of(head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"), 400);
  EXPECT_EQ(status_of(head + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(2000, 'x')), 400);
}

TEST(HttpParser, ReadsResponsesThatLastUntilTheClose) {
  HttpParser parser({.kind = HttpParser::Kind::Response});
  EXPECT_EQ(feed_all(parser, "HTTP/1.1 200 OK\r\n\r\nabc", 100), State::Body);
  parser.feed_eof();
  EXPECT_EQ(parser.state(), State::Done);
  EXPECT_EQ(parser.body(), "abc");
}

TEST(HttpParser, NoticesATruncatedBody) {
  HttpParser parser({.kind = HttpParser::Kind::Response});
  feed_all(parser, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", 100);
  parser.feed_eof();
  EXPECT_EQ(parser.state(), State::Failed);
}

TEST(HttpParser, ReadsAnEmptyChunkedBodyByteByByte) {
  HttpParser parser({.kind = HttpParser::Kind::Request});
  EXPECT_EQ(feed_all(parser, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 1),
            State::Done);
  EXPECT_EQ(parser.body(), "");
}

TEST(HttpParser, SkipsTheBodyOfHeadResponses) {
  HttpParser parser({.kind = HttpParser::Kind::Response, .skip_body = true});
  EXPECT_EQ(feed_all(parser, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 100), State::Done);
}

}  // namespace
}  // namespace drover::net
