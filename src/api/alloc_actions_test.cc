#include "api/test_support.h"
#include "net/websocket.h"

#include <deque>

// Restarts, signals and commands: what the node is asked, and how its answer reaches a WebSocket.
namespace drover::api::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A browser's or command line's end of a connection: what it sends, and what it got.
struct FakeChannel final : net::ByteChannel {
  std::deque<std::string> incoming;
  std::string written;

  net::Task<Result<std::optional<std::string>>> read_some() override {
    // It reads on until it has seen the closing.
    while (incoming.empty() && written.find('\x88') == std::string::npos) co_await net::yield_to_loop();
    if (incoming.empty()) co_return std::optional<std::string>();
    std::string next = std::move(incoming.front());
    incoming.pop_front();
    co_return std::optional(std::move(next));
  }
  net::Task<Status> write(std::string bytes) override {
    written += bytes;
    co_return Ok{};
  }
};

std::string frame(const std::string& payload) {
  return "\x81" + std::string(1, static_cast<char>(0x80 | payload.size())) + std::string(4, '\0') + payload;
}

class AllocActions : public ApiTest {
 protected:
  AllocActions() {
    model::Node node;
    node.id = model::NodeId(Uuid{.hi = 1, .lo = 1});
    node.status = model::NodeStatus::Ready;
    server.must(state::RegisterNode{.node = node});
    agent.node = node.id;
  }

  static std::string path(const std::string& action) {
    return "/v1/client/allocation/" + Uuid{.hi = 2, .lo = 2}.str() + "/" + action;
  }

  static net::HttpRequest exec_request(
      const std::string& query = "task=web&command=%5B%22ls%22%2C%22-l%22%5D&tty=true") {
    auto request = make_request("GET", path("exec") + "?" + query);
    const net::HttpHeaders upgrade = net::websocket_headers("dGhlIHNhbXBsZSBub25jZQ==");
    for (const auto& [name, value] : upgrade.all()) {
      request.headers.add(name, value);
    }
    return request;
  }

  struct Session {
    int status = 0;
    std::string body;
    std::string written;
  };
  static net::Task<Session> open(Api* api, net::HttpRequest request, std::deque<std::string> incoming) {
    auto response = co_await api->handle(std::move(request));
    Session out{.status = response.status, .body = response.body};
    if (!response.upgrade) co_return out;
    FakeChannel channel;
    channel.incoming = std::move(incoming);
    co_await response.upgrade(channel);
    out.written = channel.written;
    co_return out;
  }
  Session exec(net::HttpRequest request, std::deque<std::string> incoming = {}) {
    return net::run_to_end(loop, open(client_only(), std::move(request), std::move(incoming))).value_or(Session{});
  }
  // Its node's own allocations need no server.
  Api* client_only() {
    restart(ApiOptions{}, false);
    return api.get();
  }
};

TEST_F(AllocActions, RestartsAndSignalsAreAskedOfTheNode) {
  client_only();
  auto& calls = agent.local.calls;
  agent.local.chunks = {"{}"};
  EXPECT_EQ(put(path("restart"), "").body, "{}");
  EXPECT_EQ(calls.back().method, rpc::CallMethod::AllocRestart);
  EXPECT_EQ(calls.back().task, "");
  put(path("restart"), R"({"TaskName": "web", "AllTasks": false})");
  EXPECT_EQ(calls.back().task, "web");
  put(path("restart"), R"({"AllTasks": true})");
  EXPECT_TRUE(calls.back().all_tasks);
  put(path("signal"), R"({"Signal": "SIGHUP", "Task": "web"})");
  EXPECT_EQ(calls.back().method, rpc::CallMethod::AllocSignal);
  EXPECT_EQ(calls.back().signal, "SIGHUP");
  EXPECT_EQ(calls.back().task, "web");
  const size_t before = calls.size();
  EXPECT_EQ(put(path("signal"), R"({"Task": "web"})").status, 400);
  EXPECT_EQ(put(path("signal"), "").status, 400);
  EXPECT_EQ(put(path("restart"), R"({"TaskName": "web", "AllTasks": true})").status, 400);
  EXPECT_EQ(put(path("restart"), R"({"TaskName": 7})").status, 400);
  EXPECT_EQ(calls.size(), before);
  agent.local.error = Error(ErrorCode::Conflict, "task \"web\" is not running");
  EXPECT_EQ(put(path("restart"), "").status, 500);
}

TEST_F(AllocActions, ACommandsFramesPassBothWays) {
  agent.local.chunks = {"{\"stdout\":{\"data\":\"aG", "k=\"}}\n{\"exited\":true}\n"};
  const auto session = exec(exec_request(), {frame("{}"), frame(R"({"stdin":{"close":true}})")});
  EXPECT_EQ(session.status, 101);
  EXPECT_THAT(agent.local.calls.back().command, ElementsAre("ls", "-l"));
  EXPECT_EQ(agent.local.calls.back().task, "web");
  EXPECT_TRUE(agent.local.calls.back().tty);
  EXPECT_THAT(agent.local.input, ElementsAre("{}", R"({"stdin":{"close":true}})"));
  EXPECT_EQ(session.written, "\x81\x1a{\"stdout\":{\"data\":\"aGk=\"}}\x81\x0f{\"exited\":true}\x88\x02\x03\xe8");
}

TEST_F(AllocActions, TheHandshakeOfAWebPageIsNoInput) {
  exec(exec_request("task=web&command=%5B%22ls%22%5D&ws_handshake=true"), {frame(R"({"version":1})"), frame("{}")});
  EXPECT_THAT(agent.local.input, ElementsAre("{}"));
}

TEST_F(AllocActions, WhatIsNoProperSessionIsRefusedBeforeTheNodeIsAsked) {
  EXPECT_EQ(send(make_request("GET", path("exec") + "?task=web&command=%5B%22ls%22%5D")).status, 400);
  for (const char* query : {"command=%5B%22ls%22%5D", "task=web", "task=web&command=ls", "task=web&command=%5B%5D",
                            "task=web&command=%5B1%5D", "task=web&command=%5B%22ls%22%5D&tty=perhaps"}) {
    EXPECT_EQ(exec(exec_request(query)).status, 400) << query;
  }
  auto foreign = exec_request();
  foreign.headers.add("Origin", "http://evil.example");
  EXPECT_EQ(exec(std::move(foreign)).status, 403);
  EXPECT_TRUE(agent.local.calls.empty());
}

TEST_F(AllocActions, TheNodesRefusalIsThePlainAnswer) {
  agent.local.error = Error(ErrorCode::Conflict, "task \"web\" is not running");
  const auto session = exec(exec_request());
  EXPECT_EQ(session.status, 500);
  EXPECT_THAT(session.body, HasSubstr("not running"));
}

}  // namespace
}  // namespace drover::api::testing
