#include "net/websocket.h"

#include "base/random.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/testing.h"

#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace drover::net {
namespace {

using std::string_literals::operator""s;

// A peer that has sent everything already; what is written to it is kept.
struct FakeChannel final : ByteChannel {
  std::deque<std::string> incoming;
  std::string written;

  Task<Result<std::optional<std::string>>> read_some() override {
    if (incoming.empty()) co_return std::optional<std::string>();
    std::string next = std::move(incoming.front());
    incoming.pop_front();
    co_return std::optional(std::move(next));
  }
  Task<Status> write(std::string bytes) override {
    written += bytes;
    co_return Ok{};
  }
};

// A frame of a client whose mask is nothing but zeroes.
std::string masked(uint8_t first, const std::string& payload) {
  std::string out(1, static_cast<char>(first));
  if (payload.size() < 126) {
    out += static_cast<char>(0x80 | payload.size());
  } else {
    out += static_cast<char>(0x80 | 126);
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size() & 0xff);
  }
  return out + "\0\0\0\0"s + payload;
}

struct Outcome {
  std::vector<std::string> messages;
  std::optional<Error> error;
  std::optional<WebSocketClose> close;
};

class WebSocketFrames : public ::testing::Test {
 protected:
  WebSocketFrames() { loop_.start(); }
  ~WebSocketFrames() override {
    loop_.stop();
    loop_.join();
  }

  static Task<Outcome> read_all(FakeChannel* channel) {
    WebSocket socket(*channel, {.max_message_bytes = 1000});
    Outcome out;
    while (true) {
      auto message = co_await socket.read();
      if (!message) out.error = message.error();
      if (!message || !*message) break;
      out.messages.push_back(**message);
    }
    out.close = socket.closed_with();
    co_return out;
  }
  Outcome read(std::deque<std::string> incoming) {
    channel_.incoming = std::move(incoming);
    return *run_to_end(loop_, read_all(&channel_));
  }

  Loop loop_{"test"};
  FakeChannel channel_;
};

TEST_F(WebSocketFrames, ComeWholeFromAnyPieces) {
  const std::string wire = masked(0x81, "hello") + masked(0x82, std::string(300, 'x')) +
                           masked(0x88,
                                  "\x03\xe8"
                                  "bye");
  std::deque<std::string> bytes;
  for (const char c : wire) bytes.emplace_back(1, c);
  const auto out = read(bytes);
  EXPECT_THAT(out.messages, ::testing::ElementsAre("hello", std::string(300, 'x')));
  ASSERT_TRUE(out.close);
  EXPECT_EQ(out.close->code, 1000);
  EXPECT_EQ(out.close->reason, "bye");
  EXPECT_EQ(channel_.written, "\x88\x02\x03\xe8");
}

TEST_F(WebSocketFrames, ArePutTogetherFromFragmentsWithPingsBetweenThem) {
  const auto out = read({masked(0x01, "one "), masked(0x89, "p"), masked(0x00, "two "), masked(0x80, "three")});
  EXPECT_THAT(out.messages, ::testing::ElementsAre("one two three"));
  EXPECT_EQ(channel_.written, "\x8a\x01p");
  ASSERT_TRUE(out.error);
  EXPECT_EQ(out.error->code(), ErrorCode::Unavailable);
}

TEST_F(WebSocketFrames, AreRefusedWhereTheyBreakTheProtocol) {
  const std::string unmasked = "\x81\x01x";
  for (const auto& frame : {unmasked, masked(0xc1, "x"), masked(0x80, "x"), masked(0x83, "x"), masked(0x09, "x"),
                            masked(0x89, std::string(126, 'x'))}) {
    channel_.written.clear();
    const auto out = read({frame});
    ASSERT_TRUE(out.error);
    EXPECT_EQ(out.error->code(), ErrorCode::InvalidArgument);
    EXPECT_THAT(channel_.written.substr(2), ::testing::StartsWith("\x03\xea"));
  }
}

TEST_F(WebSocketFrames, AreRefusedBeforeTheyAreReadWhereTheyAreTooLong) {
  const auto out = read({"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff"s + "\0\0\0\0"s});
  ASSERT_TRUE(out.error);
  EXPECT_THAT(channel_.written.substr(2), ::testing::StartsWith("\x03\xf1"));
  channel_.written.clear();
  EXPECT_TRUE(read({masked(0x01, std::string(600, 'x')), masked(0x80, std::string(600, 'x'))}).error);
}

TEST(WebSocketHandshake, FollowsTheStandardsExample) {
  HttpRequest request{.method = "GET"};
  request.headers = {{"Upgrade", "websocket"},
                     {"Connection", "keep-alive, Upgrade"},
                     {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                     {"Sec-WebSocket-Version", "13"}};
  const auto answer = accept_websocket(request, nullptr);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 101);
  EXPECT_EQ(answer->headers.get("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_TRUE(check_websocket_answer(answer->headers, "dGhlIHNhbXBsZSBub25jZQ=="));
  EXPECT_FALSE(check_websocket_answer(answer->headers, "AAAAAAAAAAAAAAAAAAAAAA=="));
  for (const char* header : {"Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"}) {
    HttpRequest incomplete = request;
    incomplete.headers.erase(header);
    EXPECT_FALSE(accept_websocket(incomplete, nullptr)) << header;
  }
}

// ---- Both ends over a real connection

Task<void> echo(ByteChannel& channel) {
  WebSocket socket(channel, {});
  while (true) {
    auto message = co_await socket.read();
    if (!message || !*message) co_return;
    if (**message == "bye") {
      std::ignore = co_await socket.close(4001, "as you say");
      continue;
    }
    std::ignore = co_await socket.send("echo " + **message);
  }
}

Task<HttpResponse> upgrade_to_echo(HttpRequest request) {
  auto answer = accept_websocket(request, echo);
  if (!answer) co_return text_response(400, answer.error().message());
  co_return std::move(*answer);
}

Task<Outcome> talk(std::string url) {
  SystemRandom random;
  Outcome out;
  auto client = HttpClient::create(url);
  const std::string key = websocket_key(random);
  HttpResponse answer;
  auto stream = co_await client->upgrade({.headers = websocket_headers(key)}, {}, &answer);
  if (!stream) {
    out.error = stream.error();
    co_return out;
  }
  EXPECT_TRUE(check_websocket_answer(answer.headers, key));
  WebSocket socket(*stream, {.mask = &random});
  for (const auto& text : {"a"s, std::string(70'000, 'b'), "bye"s}) std::ignore = co_await socket.send(text);
  while (true) {
    auto message = co_await socket.read();
    if (!message || !*message) break;
    out.messages.push_back(**message);
  }
  out.close = socket.closed_with();
  co_return out;
}

TEST(WebSocketConnection, CarriesMessagesBothWays) {
  Loop loop("test");
  loop.start();
  {
    HttpServer server({}, {&loop}, upgrade_to_echo);
    const auto port = server.listen("127.0.0.1", 0);
    const auto out = run_to_end(loop, talk("http://127.0.0.1:" + std::to_string(*port)));
    ASSERT_TRUE(out);
    EXPECT_FALSE(out->error);
    EXPECT_THAT(out->messages, ::testing::ElementsAre("echo a", "echo " + std::string(70'000, 'b')));
    ASSERT_TRUE(out->close);
    EXPECT_EQ(out->close->code, 4001);
    EXPECT_EQ(out->close->reason, "as you say");
  }
  loop.stop();
  loop.join();
}

// ---- run_either

Task<void> count(int* steps, int upto) {
  struct Gone {
    int* steps;
    ~Gone() { *steps += 100; }
  } gone{steps};
  for (int i = 0; i < upto; ++i) {
    co_await yield_to_loop();
    ++*steps;
  }
}

Task<bool> race(int* first, int* second) {
  co_await run_either(count(first, 3), count(second, 1'000'000'000));
  co_return true;
}

TEST(RunEither, EndsWithTheOneThatEndsFirst) {
  Loop loop("test");
  loop.start();
  for (const bool swap : {false, true}) {
    int quick = 0;
    int slow = 0;
    const auto done = swap ? run_to_end(loop,
                                        [](int* a, int* b) -> Task<bool> {
                                          co_await run_either(count(b, 1'000'000'000), count(a, 3));
                                          co_return true;
                                        }(&quick, &slow))
                           : run_to_end(loop, race(&quick, &slow));
    EXPECT_TRUE(done);
    EXPECT_EQ(quick, 103);
    EXPECT_GE(slow, 100);
  }
  loop.stop();
  loop.join();
}

}  // namespace
}  // namespace drover::net
