#include "net/http_client.h"

#include "base/strings.h"
#include "net/http_server.h"
#include "net/probe.h"
#include "net/resolve.h"
#include "net/testing.h"

#include <atomic>
#include <functional>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace drover::net {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

// A server that does as it is told: `script` gets each connection's descriptor and how many came before.
class ScriptedServer {
 public:
  using Script = std::function<void(int fd, int index)>;

  explicit ScriptedServer(Script script) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    listen(fd_, 16);
    socklen_t size = sizeof address;
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this, script = std::move(script)] {
      for (int index = 0;; ++index) {
        const int client = accept(fd_, nullptr, nullptr);
        if (client < 0) return;
        script(client, index);
        ::close(client);
      }
    });
  }

  ~ScriptedServer() {
    shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port); }
  uint16_t port = 0;

 private:
  int fd_;
  std::thread thread_;
};

void send_text(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    text.remove_prefix(static_cast<size_t>(sent));
  }
}

// Up to and with `end`; everything until the close if it does not come.
std::string receive_until(int fd, std::string_view end) {
  std::string out;
  char c = 0;
  while (!out.ends_with(end) && recv(fd, &c, 1, 0) == 1) out += c;
  return out;
}

void drain(int fd) {
  char chunk[64 << 10];
  while (recv(fd, chunk, sizeof chunk, 0) > 0) {
  }
}

class Numbers final : public BodyStream {
 public:
  Task<Result<std::optional<std::string>>> next() override {
    if (n_ == 1000) co_return std::optional<std::string>();
    co_return std::optional(std::to_string(n_++) + "\n");
  }

 private:
  int n_ = 0;
};

// Pieces that come until some time after `patience`, each of them long before it ends.
class Slow final : public BodyStream {
 public:
  explicit Slow(Duration patience) : pause_(patience / 20) {}

  Task<Result<std::optional<std::string>>> next() override {
    if (n_++ == 25) co_return std::optional<std::string>();
    co_await sleep_for(pause_);
    co_return std::optional<std::string>("x");
  }

 private:
  const Duration pause_;
  int n_ = 0;
};

class Nothing final : public BodyStream {
 public:
  Task<Result<std::optional<std::string>>> next() override { co_return std::optional<std::string>(); }
};

Task<HttpResponse> handle(HttpRequest request) {
  HttpResponse response = text_response(200, request.method + " " + request.target + " " + request.body);
  if (request.path == "/numbers") response.stream = std::make_unique<Numbers>();
  if (request.path == "/big") response.body = std::string(1 << 20, 'x');
  if (request.path == "/host") response.body = std::string(request.headers.get("Host"));
  if (request.path == "/missing") response = text_response(404, "no such thing");
  if (request.path == "/hang") co_await sleep_for(hours(1));
  co_return response;
}

Task<Result<std::string>> read_stream(HttpClient* client, HttpClientRequest request, HttpTimeouts timeouts) {
  Result<HttpStream> stream = co_await client->open(std::move(request), timeouts);
  if (!stream) co_return err(stream.error());
  std::string all;
  while (true) {
    const Result<std::optional<std::string>> chunk = co_await stream->read_chunk();
    if (!chunk) co_return err(chunk.error().context("after " + std::to_string(all.size())));
    if (!chunk->has_value()) co_return all;
    all += **chunk;
  }
}

struct HttpClientTest : testing::Test {
  Loop loop{"client"};
  Loop server_loop{"server"};
  std::unique_ptr<HttpServer> server;
  std::string url;

  void SetUp() override {
    loop.start();
    server_loop.start();
    server = std::make_unique<HttpServer>(HttpServerOptions{}, std::vector<Loop*>{&server_loop}, handle);
    const auto port = server->listen("127.0.0.1", 0);
    ASSERT_TRUE(port);
    url = "http://127.0.0.1:" + std::to_string(*port);
  }

  Result<HttpResponse> request(const HttpClient& client, HttpClientRequest request, HttpTimeouts timeouts = {}) {
    return *run_to_end(loop, client.request(std::move(request), timeouts));
  }

  std::string error_of(const std::string& answer, HttpClientOptions options = {}) {
    ScriptedServer scripted([&](int fd, int) {
      receive_until(fd, "\r\n\r\n");
      send_text(fd, answer);
    });
    const HttpClient client = HttpClient::create(scripted.url(), options).value();
    const auto response = request(client, {});
    return response ? "status " + std::to_string(response->status)
                    : replace_all(response.error().message(), std::to_string(scripted.port), "PORT");
  }
};

TEST_F(HttpClientTest, ReusesItsConnection) {
  const HttpClient client = HttpClient::create(url).value();
  for (int i = 0; i < 20; ++i) {
    const auto response = request(client, {.method = "PUT", .target = "/echo?a=1", .body = std::to_string(i)});
    ASSERT_TRUE(response) << response.error().message();
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, "PUT /echo?a=1 " + std::to_string(i));
    EXPECT_EQ(response->headers.get("content-type"), "text/plain; charset=utf-8");
  }
  EXPECT_EQ(server->stats().accepted, 1u);
}

TEST_F(HttpClientTest, SpeaksToUnixSockets) {
  const std::string path = testing::TempDir() + "drover-net-client-" + std::to_string(getpid()) + ".sock";
  ASSERT_TRUE(server->listen_unix(path));
  const HttpClient client = HttpClient::create("unix://" + path).value();
  EXPECT_EQ(request(client, {.target = "/host"})->body, "localhost");
  EXPECT_EQ(request(client, {.target = "/host"})->body, "localhost");
  EXPECT_EQ(server->stats().accepted, 1u);
  unlink(path.c_str());
}

TEST_F(HttpClientTest, NamesTheEndpointThatRefuses) {
  uint16_t closed = 0;
  {
    closed = ScriptedServer([](int, int) {}).port;
  }
  const std::string name = "127.0.0.1:" + std::to_string(closed);
  const auto response = request(HttpClient::create("http://" + name).value(), {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(response.error().message(), "connect " + name + ": connection refused");
  const auto socket = request(HttpClient::create("unix:///nonexistent.sock").value(), {});
  EXPECT_EQ(socket.error().message(), "connect unix:///nonexistent.sock: no such file or directory");
}

TEST_F(HttpClientTest, RefusesToSendBrokenRequests) {
  const HttpClient client = HttpClient::create(url).value();
  EXPECT_FALSE(request(client, {.target = "/a b"}));
  EXPECT_FALSE(request(client, {.target = "/a\r\nX: y"}));
  EXPECT_FALSE(request(client, {.target = "relative"}));
  EXPECT_FALSE(request(client, {.method = "GET /x"}));
  EXPECT_FALSE(request(client, {.headers = {{"X", "a\r\nb"}}}));
  EXPECT_FALSE(request(client, {.headers = {{"X: y", "a"}}}));
}

TEST_F(HttpClientTest, ReadsStreamsToTheirEndAndReusesTheConnection) {
  HttpClient client = HttpClient::create(url).value();
  std::string expected;
  for (int i = 0; i < 1000; ++i) expected += std::to_string(i) + "\n";
  for (int i = 0; i < 3; ++i) {
    const auto body = *run_to_end(loop, read_stream(&client, {.target = "/numbers"}, {}));
    ASSERT_TRUE(body) << body.error().message();
    EXPECT_EQ(*body, expected);
  }
  EXPECT_EQ(server->stats().accepted, 1u);
}

TEST_F(HttpClientTest, LimitsTheBody) {
  const HttpClient client = HttpClient::create(url, {.max_body_bytes = 1000}).value();
  const auto by_length = request(client, {.target = "/big"});
  ASSERT_FALSE(by_length);
  EXPECT_EQ(by_length.error().code(), ErrorCode::ResourceExhausted);
  EXPECT_EQ(request(client, {.target = "/numbers"}).error().code(), ErrorCode::ResourceExhausted);
  EXPECT_EQ(request(client, {.method = "HEAD", .target = "/big"})->status, 200);
}

TEST_F(HttpClientTest, TimesOut) {
  const HttpClient client = HttpClient::create(url).value();
  const auto response = request(client, {.target = "/hang"}, {.response = milliseconds(20)});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), ErrorCode::DeadlineExceeded);
  ScriptedServer stalls([](int fd, int) {
    receive_until(fd, "\r\n\r\n");
    send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    receive_until(fd, "never");
  });
  HttpClient slow = HttpClient::create(stalls.url()).value();
  const auto body = *run_to_end(loop, read_stream(&slow, {}, {.idle = milliseconds(20)}));
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().code(), ErrorCode::DeadlineExceeded);
}

TEST_F(HttpClientTest, WaitsForTheAnswerFromTheLastPieceOfAStreamedBody) {
  const HttpClient client = HttpClient::create(url).value();
  // A machine that stood still for longer than one patience is asked again with a greater one.
  auto response = Result<HttpResponse>(err(ErrorCode::Unavailable, "not asked"));
  for (Duration patience = milliseconds(100); !response && patience < milliseconds(30'000); patience *= 4) {
    response = request(client, {.method = "POST", .target = "/echo", .body_stream = std::make_shared<Slow>(patience)},
                       {.response = patience});
  }
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->body, "POST /echo " + std::string(25, 'x'));
}

TEST_F(HttpClientTest, SendsAStreamedBodyOfNothing) {
  const HttpClient client = HttpClient::create(url).value();
  const HttpClientRequest chunked{.method = "POST", .target = "/echo", .body_stream = std::make_shared<Nothing>()};
  HttpClientRequest counted = chunked;
  counted.headers.set("Content-Length", "0");
  for (const auto& asked : {chunked, counted}) {
    const auto response = request(client, asked);
    ASSERT_TRUE(response) << response.error().message();
    EXPECT_EQ(response->body, "POST /echo ");
  }
}

TEST_F(HttpClientTest, SendsAgainWhenAKeptConnectionWasClosed) {
  std::atomic<int> served = 0;
  ScriptedServer closes([&](int fd, int) {
    receive_until(fd, "\r\n\r\n");
    ++served;
    send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  const HttpClient client = HttpClient::create(closes.url()).value();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(request(client, {})->body, "ok");
  EXPECT_EQ(served, 20);
}

TEST_F(HttpClientTest, SaysWhatIsWrongWithAResponse) {
  EXPECT_EQ(error_of(""), "read from 127.0.0.1:PORT: connection closed by peer");
  EXPECT_EQ(error_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"),
            "read from 127.0.0.1:PORT: connection closed by peer");
  EXPECT_TRUE(error_of("SSH-2.0-OpenSSH\r\n\r\n").starts_with("malformed response from 127.0.0.1:PORT: "));
  EXPECT_TRUE(error_of("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n").starts_with("malformed response"));
  EXPECT_TRUE(error_of("HTTP/1.1 200 OK\r\nX: " + std::string(5000, 'x') + "\r\n\r\n", {.max_header_bytes = 1000})
                  .starts_with("malformed response"));
  EXPECT_EQ(error_of("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"), "status 201");
  EXPECT_EQ(error_of("HTTP/1.1 200 OK\r\n\r\nuntil the close"), "status 200");
}

TEST_F(HttpClientTest, OnlyACloseIsTheEndOfABodyWithoutALength) {
  ScriptedServer resets([](int fd, int) {
    receive_until(fd, "\r\n\r\n");
    send_text(fd, "HTTP/1.1 200 OK\r\n\r\nhalf of it");
    const linger abort{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
  });
  HttpClient client = HttpClient::create(resets.url()).value();
  const auto answer = *run_to_end(loop, read_stream(&client, {.target = "/"}, {}));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), ErrorCode::Unavailable);
}

TEST_F(HttpClientTest, ReadsARefusalThatComesBeforeTheBodyWasSent) {
  ScriptedServer refuses([&](int fd, int) {
    receive_until(fd, "\r\n\r\n");
    send_text(fd, "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig");
    shutdown(fd, SHUT_WR);
    drain(fd);
  });
  const HttpClient client = HttpClient::create(refuses.url()).value();
  const auto response = request(client, {.method = "PUT", .body = std::string(8 << 20, 'x')});
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->status, 413);
}

Task<Result<std::string>> attach(HttpClient* client) {
  Result<DuplexStream> duplex = co_await client->upgrade({.method = "POST", .target = "/attach"});
  if (!duplex) co_return err(duplex.error());
  const Status written = co_await duplex->write("hello\n");
  if (!written) co_return err(written.error());
  duplex->close_write();
  std::string all;
  while (true) {
    const Result<std::optional<std::string>> bytes = co_await duplex->read_some();
    if (!bytes) co_return err(bytes.error());
    if (!bytes->has_value()) co_return all;
    all += **bytes;
  }
}

TEST_F(HttpClientTest, HijacksTheConnectionAfterAnUpgrade) {
  std::string head;
  ScriptedServer docker([&](int fd, int index) {
    head = to_lower(receive_until(fd, "\r\n\r\n"));
    send_text(fd, index == 0 ? "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nearly "
                             : "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\nearly ");
    send_text(fd, receive_until(fd, "\n"));
    send_text(fd, "rest:" + receive_until(fd, "never"));
  });
  HttpClient client = HttpClient::create(docker.url()).value();
  for (int i = 0; i < 2; ++i) {
    const auto all = *run_to_end(loop, attach(&client));
    ASSERT_TRUE(all) << all.error().message();
    EXPECT_EQ(*all, "early hello\nrest:");
    EXPECT_NE(head.find("upgrade: tcp\r\n"), std::string::npos);
    EXPECT_NE(head.find("connection: upgrade\r\n"), std::string::npos);
  }
}

TEST_F(HttpClientTest, ReportsARefusedUpgrade) {
  HttpClient client = HttpClient::create(url + "/missing").value();
  const auto all = *run_to_end(loop, attach(&client));
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().message(), "POST /attach: status 200: POST /missing/attach");
}

TEST_F(HttpClientTest, ACancelledRequestUnwinds) {
  auto client = std::make_shared<HttpClient>(HttpClient::create(url).value());
  struct Runner {
    static Task<void> run(std::shared_ptr<HttpClient> client) {
      const auto response = co_await client->request({.target = "/hang"}, {.response = kNoTimeout});
      CHECK(!response, "cancelled");
    }
  };
  Spawned task = loop.spawn("request", Runner::run(client));
  while (server->stats().requests == 0) std::this_thread::yield();
  task.cancel();
  while (server->stats().connections > 0) std::this_thread::yield();
  while (client.use_count() > 1) std::this_thread::yield();
}

TEST_F(HttpClientTest, BlocksForProgramsWithoutALoop) {
  BlockingHttpClient client = BlockingHttpClient::create(url).value();
  EXPECT_EQ(client.request({.target = "/x"})->body, "GET /x ");
  EXPECT_EQ(client.request({.target = "/missing"})->status, 404);
  std::string lines;
  const auto all = client.stream({.target = "/numbers"}, [&](std::string_view chunk) {
    lines += chunk;
    return true;
  });
  ASSERT_TRUE(all);
  EXPECT_TRUE(lines.ends_with("\n998\n999\n"));
  int calls = 0;
  EXPECT_EQ(client.stream({.target = "/numbers"}, [&](std::string_view) { return ++calls < 2; })->status, 200);
  EXPECT_EQ(calls, 2);
  const auto missing = client.stream({.target = "/missing"}, [&](std::string_view) { return ++calls > 0; });
  EXPECT_EQ(missing->body, "no such thing");
  EXPECT_EQ(calls, 2);
  EXPECT_FALSE(BlockingHttpClient::create("ftp://x"));
}

TEST_F(HttpClientTest, FindsTheAddressesOfAHost) {
  EXPECT_EQ(**run_to_end(loop, resolve("127.0.0.1")), std::vector<std::string>{"127.0.0.1"});
  const auto own = *run_to_end(loop, resolve("localhost"));
  ASSERT_TRUE(own.has_value());
  EXPECT_FALSE(own->empty());
}

TEST_F(HttpClientTest, ProbesPorts) {
  ScriptedServer open([](int, int) {});
  EXPECT_TRUE(*run_to_end(loop, tcp_probe("127.0.0.1", open.port, hours(1))));
  EXPECT_TRUE(*run_to_end(loop, tcp_probe("localhost", open.port, hours(1))));
  uint16_t closed = 0;
  {
    closed = ScriptedServer([](int, int) {}).port;
  }
  const Status refused = *run_to_end(loop, tcp_probe("127.0.0.1", closed, hours(1)));
  EXPECT_EQ(refused.error().message(), "connect 127.0.0.1:" + std::to_string(closed) + ": connection refused");
}

}  // namespace
}  // namespace drover::net
