#include "expose/proxy.h"

#include "base/strings.h"
#include "net/http_server.h"
#include "net/testing.h"
#include "net/websocket.h"

#include <gtest/gtest.h>

namespace drover::expose {
namespace {

using namespace std::chrono_literals;

class OneRoute final : public RouteSource {
 public:
  net::Task<Route> find(std::string id) override {
    asked = id;
    co_return route;
  }
  Route route;
  std::string asked;
};

// Sends back what it is sent, piece by piece.
class Echo final : public net::BodyStream {
 public:
  explicit Echo(std::shared_ptr<net::BodyStream> body) : body_(std::move(body)) {}
  net::Task<Result<std::optional<std::string>>> next() override { return body_->next(); }

 private:
  std::shared_ptr<net::BodyStream> body_;
};

class Piece final : public net::BodyStream {
 public:
  explicit Piece(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}
  net::Task<Result<std::optional<std::string>>> next() override {
    if (at_ == pieces_.size()) co_return std::optional<std::string>();
    co_return std::optional(pieces_[at_++]);
  }

 private:
  std::vector<std::string> pieces_;
  size_t at_ = 0;
};

class ProxyTest : public ::testing::Test {
 protected:
  ProxyTest() {
    loop.start();
    task_port = *task.listen("127.0.0.1", 0);
    front_port = *front.listen("127.0.0.1", 0);
    routes.route = {.status = 200, .targets = {{.url = url(task_port)}}};
  }
  ~ProxyTest() override {
    front.stop();
    task.stop();
    loop.stop();
    loop.join();
  }
  static std::string url(uint16_t port) { return "http://127.0.0.1:" + std::to_string(port); }
  static net::Task<net::HttpResponse> answer(net::HttpRequest request) {
    net::HttpResponse response;
    if (request.path == "/socket") {
      auto accepted = net::accept_websocket(request, [](net::ByteChannel& channel) -> net::Task<void> {
        net::WebSocket socket(channel, {});
        auto message = co_await socket.read();
        if (message && *message) static_cast<void>(co_await socket.send("you said " + **message));
        static_cast<void>(co_await socket.close(net::kWebSocketNormal, ""));
      });
      co_return std::move(*accepted);
    }
    for (const auto& [name, value] : request.headers.all()) response.headers.add("Got-" + name, value);
    if (request.body_stream) {
      response.stream = std::make_unique<Echo>(request.body_stream);
    } else {
      response.body = request.method + " " + request.target;
    }
    co_return response;
  }
  net::HttpResponse ask(net::HttpClientRequest request) {
    request.headers.set("Host", "AbC.example.org");
    auto client = net::HttpClient::create(url(front_port));
    auto got = net::run_to_end(loop, client->request(std::move(request)));
    EXPECT_TRUE(got && *got) << (got ? got->error().message() : "timeout");
    return got && *got ? std::move(**got) : net::HttpResponse{};
  }

  net::Loop loop{"proxy"};
  OneRoute routes;
  Proxy proxy{{.domain = "example.org"}, routes};
  net::HttpServer task{{.stream_bodies = true}, {&loop}, answer};
  net::HttpServer front{
      {.stream_bodies = true}, {&loop}, [this](net::HttpRequest request) { return proxy.handle(std::move(request)); }};
  uint16_t task_port = 0, front_port = 0;
};

TEST_F(ProxyTest, PassesRequestsOnAndSaysForWhom) {
  const auto response = ask({.target = "/a%2Fb?q=1", .headers = {{"Connection", "X-Secret"}, {"X-Secret", "1"}}});
  EXPECT_EQ(routes.asked, "abc");
  EXPECT_EQ(response.body, "GET /a%2Fb?q=1");
  EXPECT_EQ(response.headers.get("Got-Host"), "AbC.example.org");
  EXPECT_EQ(response.headers.get("Got-X-Forwarded-For"), "127.0.0.1");
  EXPECT_EQ(response.headers.get("Got-X-Forwarded-Proto"), "http");
  EXPECT_EQ(response.headers.get("Got-X-Forwarded-Host"), "AbC.example.org");
  EXPECT_FALSE(response.headers.contains("Got-X-Secret"));
  EXPECT_FALSE(response.headers.contains("Got-X-Drover-Hops"));
  EXPECT_EQ(response.headers.get("Content-Length"), "14");
}

TEST_F(ProxyTest, StreamsBodiesBothWays) {
  const std::vector<std::string> pieces(50, std::string(100'000, 'x'));
  const auto response = ask({.method = "POST", .target = "/echo", .body_stream = std::make_shared<Piece>(pieces)});
  EXPECT_EQ(response.body.size(), 5'000'000u);
  const auto sized = ask({.method = "PUT", .target = "/echo", .body = std::string(300'000, 'y')});
  EXPECT_EQ(sized.body, std::string(300'000, 'y'));
  EXPECT_EQ(ask({.target = "/next"}).body, "GET /next");  // and the connection is as good as before
}

TEST_F(ProxyTest, PassesWebSocketsOn) {
  SeededRandom random(1);
  auto client = net::HttpClient::create(url(front_port));
  const std::string key = net::websocket_key(random);
  net::HttpClientRequest request{.target = "/socket", .headers = net::websocket_headers(key)};
  request.headers.set("Host", "abc.example.org");
  const auto talk = [](net::HttpClient& http, net::HttpClientRequest asked,
                       Random& mask) -> net::Task<Result<std::string>> {
    auto upgraded = co_await http.upgrade(std::move(asked));
    CO_TRY_LET(auto channel, std::move(upgraded));
    net::WebSocket socket(channel, {.mask = &mask});
    CO_TRY(co_await socket.send("hello"));
    auto message = co_await socket.read();
    CO_TRY_LET(auto text, std::move(message));
    co_return text.value_or("closed");
  };
  const auto said = net::run_to_end(loop, talk(*client, std::move(request), random));
  ASSERT_TRUE(said && *said) << said->error().message();
  EXPECT_EQ(**said, "you said hello");
}

TEST_F(ProxyTest, TellsProgramsAndPeopleWhyNobodyAnswers) {
  routes.route = {.status = 503, .reason = "pulling", .message = "<b>", .job = "web", .task = "t"};
  const auto json = ask({.target = "/"});
  EXPECT_EQ(json.status, 503);
  EXPECT_EQ(json.headers.get("Retry-After"), "2");
  EXPECT_NE(json.body.find("\"reason\":\"pulling\""), std::string::npos) << json.body;
  const auto page = ask({.target = "/", .headers = {{"Accept", "text/html,*/*"}}});
  EXPECT_NE(page.body.find("&lt;b&gt;"), std::string::npos) << page.body;
  routes.route = {.status = 410, .reason = "stopped"};
  EXPECT_EQ(ask({.target = "/"}).status, 410);
}

TEST_F(ProxyTest, TriesTheNextTargetWhenOneIsGone) {
  routes.route.targets.insert(routes.route.targets.begin(), {.url = "http://127.0.0.1:1"});
  for (int i = 0; i < 4; ++i) EXPECT_EQ(ask({.target = "/"}).body, "GET /");
  routes.route.targets = {{.url = "http://127.0.0.1:1"}};
  EXPECT_EQ(ask({.target = "/"}).status, 502);
}

TEST_F(ProxyTest, GivesUpOnCircles) {
  routes.route.targets = {{.url = url(front_port), .is_proxy = true}};
  const auto response = ask({.target = "/"});
  EXPECT_EQ(response.status, 508);
}

}  // namespace
}  // namespace drover::expose
