#include "cli/test_support.h"
#include "net/websocket.h"

#include <gmock/gmock.h>

// Restarts, signals and commands in tasks.
namespace drover::cli {
namespace {

using testing::HasSubstr;

constexpr const char* kAlloc = "33333333-aaaa-bbbb-cccc-000000000003";

class AllocActions : public CliTest {
 protected:
  AllocActions() {
    api_.answer("GET /v1/allocations", fmt::format(R"([{{"ID":"{}"}}])", kAlloc));
    api_.answer(std::string("GET /v1/allocation/") + kAlloc,
                R"({"TaskGroup":"g","Job":{"TaskGroups":[{"Name":"g","Tasks":[{"Name":"web"}]}]}})");
  }
  const std::string client_ = std::string("/v1/client/allocation/") + kAlloc;
};

TEST_F(AllocActions, RestartsTasks) {
  api_.answer("PUT " + client_ + "/restart", "{}");
  EXPECT_EQ(ask({"alloc", "restart", "3333", "web"}), 0) << err();
  EXPECT_EQ(api_.last("PUT").body, R"({"TaskName":"web","AllTasks":false})");
  EXPECT_EQ(out(), "");
  EXPECT_EQ(ask({"alloc", "restart", "-all-tasks", "3333"}), 0);
  EXPECT_EQ(api_.last("PUT").body, R"({"TaskName":"","AllTasks":true})");
  EXPECT_EQ(ask({"alloc", "restart", "-all-tasks", "-task", "web", "3333"}), 1);
}

TEST_F(AllocActions, SendsSignals) {
  api_.answer("PUT " + client_ + "/signal", "{}");
  EXPECT_EQ(ask({"alloc", "signal", "-s", "SIGHUP", "3333", "web"}), 0) << err();
  EXPECT_EQ(api_.last("PUT").body, R"({"Signal":"SIGHUP","Task":"web"})");
  EXPECT_EQ(ask({"alloc", "signal", "3333"}), 0);
  EXPECT_EQ(api_.last("PUT").body, R"({"Signal":"SIGKILL","Task":""})");
}

TEST_F(AllocActions, OptionsOfACommandAreItsOwn) {
  EXPECT_EQ(ask({"alloc", "exec", "3333", "ls", "-h", "-verbose"}), 1);
  EXPECT_THAT(api_.last("GET " + client_).line,
              HasSubstr("task=web&tty=false&command=%5B%22ls%22%2C%22-h%22%2C%22-verbose%22%5D"));
  EXPECT_THAT(err(), HasSubstr("Error running the command: not found"));
  EXPECT_EQ(ask({"alloc", "exec", "-i=false", "-t", "3333", "ls"}), 1);
  EXPECT_THAT(err(), HasSubstr("-i must be enabled if running with -t"));
  EXPECT_EQ(ask({"exec", "-h"}), 0);
}

// A node that echoes what it is sent, in Nomad's frames, and ends with exit code 7 when its input does.
net::Task<void> echo(net::ByteChannel& channel) {
  net::WebSocket socket(channel, {});
  while (true) {
    auto message = co_await socket.read();
    if (!message || !*message) co_return;
    if (message->value().find("close") != std::string::npos) {
      std::ignore = co_await socket.send(R"({"stderr":{"data":"ZG9uZQo="}})");
      std::ignore = co_await socket.send(R"({"exited":true,"result":{"exit_code":7}})");
      std::ignore = co_await socket.close(net::kWebSocketNormal, "");
      continue;
    }
    std::string out = **message;
    const size_t input = out.find("stdin");
    if (input == std::string::npos) continue;  // a sign of life
    out.replace(input, 5, "stdout");
    std::ignore = co_await socket.send(out);
  }
}

net::Task<net::HttpResponse> answer(net::HttpRequest request) {
  if (net::wants_websocket(request)) {
    auto accepted = net::accept_websocket(request, echo);
    co_return std::move(*accepted);
  }
  if (request.path == "/v1/allocations") co_return net::json_response(200, fmt::format(R"([{{"ID":"{}"}}])", kAlloc));
  co_return net::text_response(404, "not found");
}

TEST_F(AllocActions, PassesInputOutputAndTheExitCode) {
  net::Loop loop("node");
  loop.start();
  {
    net::HttpServer server({}, {&loop}, answer);
    variables_["NOMAD_ADDR"] = "http://127.0.0.1:" + std::to_string(*server.listen("127.0.0.1", 0));
    in_.str("hello\n");
    EXPECT_EQ(run_cli({"alloc", "exec", "-task", "web", "3333", "cat"}), 7);
    EXPECT_EQ(out(), "hello\n");
    EXPECT_EQ(err(), "done\n");
  }
  loop.stop();
  loop.join();
}

}  // namespace
}  // namespace drover::cli
