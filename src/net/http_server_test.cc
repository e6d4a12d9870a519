#include "net/http_server.h"

#include "net/http_client.h"
#include "net/testing.h"

#include <atomic>
#include <filesystem>
#include <future>
#include <thread>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <zlib.h>

namespace drover::net {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

// Says when it is destroyed.
struct Tracker {
  std::shared_ptr<std::promise<void>> gone = std::make_shared<std::promise<void>>();
  ~Tracker() { gone->set_value(); }
};

// Endless or finite chunks, counting how many were asked for.
class Chunks final : public BodyStream {
 public:
  Chunks(int count, size_t size, std::shared_ptr<std::atomic<int>> pulled)
      : left_(count), size_(size), pulled_(pulled) {}

  Task<Result<std::optional<std::string>>> next() override {
    if (left_-- == 0) co_return std::optional<std::string>();
    ++*pulled_;
    co_return std::optional(std::string(size_, 'x'));
  }

 private:
  int left_;
  size_t size_;
  std::shared_ptr<std::atomic<int>> pulled_;
};

class Hanging final : public BodyStream {
 public:
  explicit Hanging(std::shared_ptr<Tracker> tracker) : tracker_(std::move(tracker)) {}
  Task<Result<std::optional<std::string>>> next() override {
    if (std::exchange(first_, false)) co_return std::optional<std::string>("first");
    co_await sleep_for(hours(1));
    co_return err(ErrorCode::Internal, "unreachable");
  }

 private:
  bool first_ = true;
  std::shared_ptr<Tracker> tracker_;
};

class Breaking final : public BodyStream {
 public:
  Task<Result<std::optional<std::string>>> next() override {
    if (std::exchange(first_, false)) co_return std::optional<std::string>("first");
    co_return err(ErrorCode::Internal, "broken");
  }

 private:
  bool first_ = true;
};

struct Shared {
  std::shared_ptr<std::atomic<int>> pulled = std::make_shared<std::atomic<int>>(0);
  std::shared_ptr<Tracker> tracker = std::make_shared<Tracker>();
  std::shared_ptr<std::promise<void>> entered = std::make_shared<std::promise<void>>();
  Event go_on;
};

Task<HttpResponse> hang(std::shared_ptr<Tracker> tracker, std::shared_ptr<std::promise<void>> entered) {
  entered->set_value();
  co_await sleep_for(hours(1));
  co_return text_response(200, tracker ? "unreachable" : "");
}

Task<HttpResponse> handle(Shared* shared, HttpRequest request) {
  const std::string& path = request.path;
  HttpResponse response;
  if (path == "/echo") co_return text_response(200, request.method + " " + request.body);
  if (path == "/size") co_return text_response(200, std::to_string(request.body.size()));
  if (path == "/query") co_return text_response(200, std::string(request.query.get("q")));
  if (path == "/peer") co_return text_response(200, request.remote_address);
  if (path == "/big") co_return json_response(200, std::string(1 << 20, 'a'));
  if (path == "/none") {
    response.status = 204;
    co_return response;
  }
  if (path == "/throw") throw std::runtime_error("oops");
  if (path == "/inject") {
    response.headers.add("X-A", "a\r\nX-Evil: 1");
    co_return response;
  }
  if (path == "/hang") {
    response = co_await hang(std::exchange(shared->tracker, nullptr), shared->entered);
    co_return response;
  }
  if (path == "/wait") {
    shared->entered->set_value();
    const bool set = co_await shared->go_on.wait(hours(1));
    co_return text_response(200, set ? "went on" : "timed out");
  }
  if (path == "/chunks") response.stream = std::make_unique<Chunks>(3, 5, shared->pulled);
  if (path == "/endless") response.stream = std::make_unique<Chunks>(-1, 64 << 10, shared->pulled);
  if (path == "/hanging-stream") response.stream = std::make_unique<Hanging>(std::exchange(shared->tracker, nullptr));
  if (path == "/breaking-stream") response.stream = std::make_unique<Breaking>();
  if (!response.stream) co_return text_response(404, "not found");
  co_return response;
}

std::string get(const std::string& target, const std::string& headers = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
}

std::string body_of(const std::string& response) {
  return response.substr(response.find("\r\n\r\n") + 4);
}

struct HttpServerTest : testing::Test {
  Shared shared;
  HttpServerOptions options;
  Loop loop{"one"};
  Loop other{"two"};
  std::unique_ptr<HttpServer> server;
  uint16_t port = 0;

  void start() {
    loop.start();
    other.start();
    server = std::make_unique<HttpServer>(options, std::vector<Loop*>{&loop, &other},
                                          [this](HttpRequest request) { return handle(&shared, std::move(request)); });
    const auto bound = server->listen("127.0.0.1", 0);
    ASSERT_TRUE(bound) << bound.error().message();
    port = *bound;
  }

  std::string exchange(const std::string& bytes) {
    RawClient client(port);
    client.send(bytes);
    return client.read_to_end();
  }

  // The status line of the answer to `bytes`, after which the server has to close.
  std::string refusal(const std::string& bytes) {
    const std::string answer = exchange(bytes);
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos) << answer;
    return answer.substr(9, 3);
  }
};

TEST_F(HttpServerTest, KeepsTheConnectionAlive) {
  start();
  RawClient client(port);
  for (int i = 0; i < 100; ++i) {
    client.send(get("/query?q=" + std::to_string(i)));
    EXPECT_EQ(body_of(client.read_response()), std::to_string(i));
  }
  EXPECT_EQ(server->stats().accepted, 1u);
  EXPECT_EQ(server->stats().requests, 100u);
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  start();
  RawClient client(port);
  std::string bytes;
  for (int i = 0; i < 500; ++i) bytes += get("/query?q=" + std::to_string(i));
  client.send(bytes);
  for (int i = 0; i < 500; ++i) ASSERT_EQ(body_of(client.read_response()), std::to_string(i));
}

TEST_F(HttpServerTest, TakesPipelinedRequestsWhileAHandlerWaits) {
  start();
  RawClient client(port);
  client.send(get("/wait"));
  shared.entered->get_future().wait();
  client.send(get("/query?q=next"));
  shared.go_on.set();
  EXPECT_EQ(body_of(client.read_response()), "went on");
  EXPECT_EQ(body_of(client.read_response()), "next");
}

TEST_F(HttpServerTest, ReadsBodiesByLengthAndInChunks) {
  start();
  RawClient client(port);
  client.send("PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(body_of(client.read_response()), "PUT hello");
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
  client.send("lo\r\n1\r\n!\r\n0\r\n\r\n");
  EXPECT_EQ(body_of(client.read_response()), "POST hello!");
  client.send("PUT /size HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n" + std::string(8'000'000, 'x'));
  EXPECT_EQ(body_of(client.read_response()), "8000000");
}

TEST_F(HttpServerTest, SaysContinueToClientsThatAsk) {
  start();
  RawClient client(port);
  client.send("PUT /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read_some(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("hi");
  EXPECT_EQ(body_of(client.read_response()), "PUT hi");
}

TEST_F(HttpServerTest, HonoursConnectionCloseAndHttp10) {
  start();
  EXPECT_NE(exchange(get("/echo", "Connection: close\r\n")).find("Connection: close"), std::string::npos);
  const std::string old = exchange("GET /echo HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.substr(0, 15), "HTTP/1.0 200 OK");
  RawClient client(port);
  client.send("GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_NE(client.read_response().find("Connection: keep-alive"), std::string::npos);
  client.send("GET /chunks HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(body_of(client.read_to_end()), std::string(15, 'x'));
}

// cases.md 47
TEST_F(HttpServerTest, AnswersHeadWithoutABody) {
  start();
  RawClient client(port);
  client.send("HEAD /big HTTP/1.1\r\nHost: a\r\n\r\nHEAD /chunks HTTP/1.1\r\nHost: a\r\n\r\n" + get("/query?q=1"));
  EXPECT_NE(client.read_response("HEAD").find("Content-Length: 1048576\r\n"), std::string::npos);
  EXPECT_NE(client.read_response("HEAD").find("Transfer-Encoding: chunked\r\n"), std::string::npos);
  EXPECT_EQ(body_of(client.read_response()), "1");
  EXPECT_EQ(*shared.pulled, 0);
  client.send(get("/none"));
  EXPECT_EQ(client.read_response("HEAD").find("Content-Length"), std::string::npos);
}

TEST_F(HttpServerTest, CompressesLargeBodiesForClientsThatAccept) {
  start();
  RawClient client(port);
  client.send(get("/big", "Accept-Encoding: br, gzip\r\n"));
  const std::string answer = client.read_response();
  EXPECT_NE(answer.find("Content-Encoding: gzip\r\n"), std::string::npos);
  const std::string packed = body_of(answer);
  std::string plain(2 << 20, '\0');
  z_stream stream{};
  ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.total_out, size_t{1} << 20);
  inflateEnd(&stream);
  for (const char* no : {"", "Accept-Encoding: gzip;q=0\r\n", "Accept-Encoding: br\r\n"}) {
    client.send(get("/big", no));
    EXPECT_EQ(client.read_response().find("Content-Encoding"), std::string::npos);
  }
}

TEST_F(HttpServerTest, TurnsAnExceptionInto500AndNeverSplitsHeaders) {
  start();
  RawClient client(port);
  client.send(get("/throw") + get("/inject") + get("/missing"));
  EXPECT_EQ(client.read_response().substr(9, 3), "500");
  EXPECT_EQ(client.read_response().find("\r\nX-Evil"), std::string::npos);
  EXPECT_EQ(client.read_response().substr(9, 3), "404");
}

// cases.md 42, 47
TEST_F(HttpServerTest, RefusesBadRequestsAndCloses) {
  using namespace std::string_literals;
  start();
  EXPECT_EQ(refusal("nonsense\r\n\r\n"), "400");
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\n\r\n"), "400");
  EXPECT_EQ(refusal("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"s), "400");
  EXPECT_EQ(refusal(get("/a%00b")), "400");
  EXPECT_EQ(refusal(get("/a%0d%0aSet-Cookie:x")), "400");
  EXPECT_EQ(refusal(get("/v1/jobs?prefix=%zz")), "400");
  EXPECT_EQ(refusal("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc"), "400");
  EXPECT_EQ(refusal("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\nabc"), "400");
  EXPECT_EQ(refusal("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"), "400");
  EXPECT_EQ(refusal("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "505");
  EXPECT_EQ(refusal(get("/", "X: " + std::string(70'000, 'x') + "\r\n")), "431");
}

TEST_F(HttpServerTest, RefusesAHugeBodyBeforeItComes) {
  start();
  EXPECT_EQ(refusal("PUT /size HTTP/1.1\r\nHost: a\r\nContent-Length: 1073741824\r\n\r\n"), "413");
  EXPECT_EQ(refusal("PUT /size HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1073741824\r\n\r\n"),
            "413");
}

// The refusal is seen by a client that is still sending, and not lost to a reset.
TEST_F(HttpServerTest, RefusesAChunkedBodyThatOverruns) {
  options.max_body_bytes = 1 << 20;
  start();
  std::string bytes = "PUT /size HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 40; ++i) bytes += "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  EXPECT_EQ(refusal(bytes), "413");
}

// cases.md 34
TEST_F(HttpServerTest, ClosesSlowAndIdleConnections) {
  options.header_timeout = options.body_timeout = options.idle_timeout = milliseconds(50);
  start();
  RawClient idle(port);
  RawClient slow_header(port);
  RawClient slow_body(port);
  slow_header.send("GET / HTTP/1.1\r\nHost:");
  slow_body.send("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_EQ(slow_header.read_to_end().substr(9, 3), "408");
  EXPECT_EQ(slow_body.read_to_end().substr(9, 3), "408");
}

TEST_F(HttpServerTest, ClosesAClientThatDoesNotRead) {
  options.write_timeout = milliseconds(50);
  start();
  RawClient client(port);
  client.send(get("/endless"));
  EXPECT_NE(client.read_some(), "");
  // What the kernel buffered is finite, so the stream has to end.
  while (server->stats().connections > 0) std::this_thread::yield();
  EXPECT_GT(*shared.pulled, 0);
}

// cases.md 38: a client that reads slowly holds the stream back.
TEST_F(HttpServerTest, PullsAStreamOnlyAsFastAsTheClientReads) {
  start();
  RawClient client(port);
  client.send(get("/endless"));
  EXPECT_NE(client.read_some(), "");
  int before = -1;
  // The counter comes to rest: one turn through both loops without a pull.
  while (before != *shared.pulled) {
    before = *shared.pulled;
    RawClient probe(port);
    for (int i = 0; i < 200; ++i) {
      probe.send(get("/echo"));
      probe.read_response();
    }
  }
  EXPECT_LT(before, 400) << "64 KiB each";
}

TEST_F(HttpServerTest, StreamsInChunksAndKeepsTheConnection) {
  start();
  RawClient client(port);
  client.send(get("/chunks") + get("/query?q=1"));
  EXPECT_EQ(body_of(client.read_response()), "5\r\nxxxxx\r\n5\r\nxxxxx\r\n5\r\nxxxxx\r\n0\r\n\r\n");
  EXPECT_EQ(body_of(client.read_response()), "1");
}

TEST_F(HttpServerTest, BreaksOffAFailedStreamWithoutItsEnd) {
  start();
  EXPECT_EQ(body_of(exchange(get("/breaking-stream"))), "5\r\nfirst\r\n");
}

TEST_F(HttpServerTest, CancelsTheHandlerWhenTheClientDisconnects) {
  start();
  auto gone = shared.tracker->gone->get_future();
  RawClient client(port);
  client.send(get("/hang"));
  shared.entered->get_future().wait();
  client.close();
  EXPECT_EQ(gone.wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST_F(HttpServerTest, CancelsTheHandlerWhenTheConnectionIsReset) {
  start();
  auto gone = shared.tracker->gone->get_future();
  RawClient client(port);
  client.send(get("/hang"));
  shared.entered->get_future().wait();
  client.send(get("/pipelined"));
  client.close_with_reset();
  EXPECT_EQ(gone.wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST_F(HttpServerTest, DestroysAStreamWhenTheClientDisconnects) {
  start();
  auto gone = shared.tracker->gone->get_future();
  RawClient client(port);
  client.send(get("/hanging-stream"));
  EXPECT_NE(client.read_some(), "");
  client.close();
  EXPECT_EQ(gone.wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST_F(HttpServerTest, AnswersAClientThatHasClosedItsSendingSide) {
  start();
  RawClient client(port);
  client.send(get("/big") + get("/query?q=last"));
  client.shutdown_write();
  EXPECT_EQ(body_of(client.read_response()).size(), size_t{1} << 20);
}

TEST_F(HttpServerTest, LimitsConnectionsOfAnAddress) {
  options.max_connections_per_address = 2;
  start();
  RawClient first(port);
  RawClient second(port);
  for (RawClient* client : {&first, &second}) {
    client->send(get("/echo"));
    EXPECT_EQ(client->read_response().substr(9, 3), "200");
  }
  EXPECT_EQ(refusal(get("/echo")), "429");
  EXPECT_EQ(server->stats().refused, 1u);
  first.close();
  while (server->stats().connections > 1) std::this_thread::yield();
  EXPECT_EQ(exchange(get("/echo", "Connection: close\r\n")).substr(9, 3), "200");
}

// cases.md 22
TEST_F(HttpServerTest, PausesAcceptingWithoutFileDescriptorsAndRecovers) {
  options.accept_pause = milliseconds(5);
  start();
  RawClient established(port);
  established.send(get("/echo"));
  EXPECT_EQ(established.read_response().substr(9, 3), "200");
  RawClient waiting(port);
  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
  std::vector<std::unique_ptr<RawClient>> hoard;
  const rlimit small{.rlim_cur = 64, .rlim_max = old.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &small), 0);
  for (int i = 0; i < 100; ++i) {
    hoard.push_back(std::make_unique<RawClient>(port));
    if (!hoard.back()->connected()) break;
  }
  established.send(get("/echo"));
  EXPECT_EQ(established.read_response().substr(9, 3), "200");
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &old), 0);
  RawClient late(port);
  late.send(get("/echo"));
  EXPECT_EQ(late.read_response().substr(9, 3), "200");
}

TEST_F(HttpServerTest, ListensOnUnixSocketsAndReplacesStaleOnes) {
  start();
  const std::string path = testing::TempDir() + "drover-net-test-" + std::to_string(getpid()) + ".sock";
  for (int i = 0; i < 2; ++i) {
    const Status listening = server->listen_unix(path);
    ASSERT_TRUE(listening) << listening.error().message();
    RawClient client(path);
    client.send(get("/peer"));
    EXPECT_EQ(body_of(client.read_response()), "unix");
  }
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms(0600));
  std::filesystem::remove(path);
}

TEST_F(HttpServerTest, ReportsWhatItCannotListenOn) {
  start();
  const auto taken = server->listen("127.0.0.1", port);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().message(), "listen on 127.0.0.1:" + std::to_string(port) + ": address already in use");
  EXPECT_FALSE(server->listen("localhost", 0));
  EXPECT_FALSE(server->listen_unix("/nonexistent/dir/socket"));
  EXPECT_FALSE(server->listen_unix("/" + std::string(200, 'x')));
}

TEST_F(HttpServerTest, StopEndsWaitingHandlers) {
  start();
  auto gone = shared.tracker->gone->get_future();
  RawClient client(port);
  client.send(get("/hang"));
  shared.entered->get_future().wait();
  server->stop();
  EXPECT_EQ(gone.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(server->stats().connections, 0u);
  server->stop();
}

TEST(HttpServer, StartsAndStopsAHundredTimes) {
  for (int i = 0; i < 100; ++i) {
    Shared shared;
    Loop one("one");
    Loop two("two");
    one.start();
    two.start();
    HttpServer server({}, {&one, &two}, [&](HttpRequest request) { return handle(&shared, std::move(request)); });
    const auto port = server.listen("127.0.0.1", 0);
    ASSERT_TRUE(port);
    RawClient idle(*port);
    RawClient busy(*port);
    busy.send(get(i % 2 ? "/endless" : "/hang"));
    if (i % 4 == 0) shared.entered->get_future().wait();
    if (i % 3 == 0) {
      one.stop();
      two.stop();
    }
    server.stop();
  }
}

}  // namespace
}  // namespace drover::net
