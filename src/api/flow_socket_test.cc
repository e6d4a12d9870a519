#include "api/flow_test_support.h"
#include "base/strings.h"
#include "net/websocket.h"

#include <deque>
#include <future>
#include <thread>

#include <fmt/core.h>

// Nosana's WebSockets: what a client sends, and the frames that it gets.
namespace drover::api::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// The client's end: a message each time the server has said enough; then it goes.
struct Client final : net::ByteChannel {
  struct Message {
    std::string bytes;
    std::string after;  // comes once this has been written
  };
  std::deque<Message> messages;
  std::string gone_after;  // or after the closing
  std::string written;
  bool closed = false;

  net::Task<Result<std::optional<std::string>>> read_some() override {
    const std::string awaited = messages.empty() ? gone_after : messages.front().after;
    while (!has(awaited)) co_await net::yield_to_loop();
    if (messages.empty()) co_return std::optional<std::string>();
    std::string next = std::move(messages.front().bytes);
    messages.pop_front();
    co_return std::optional(std::move(next));
  }
  bool has(const std::string& text) const { return written.find(text) != std::string::npos || closed; }
  net::Task<Status> write(std::string bytes) override {
    closed = closed || bytes.starts_with('\x88');
    written += bytes;
    co_return Ok{};
  }
};

std::string masked(const std::string& text) {
  std::string out = "\x81";
  out += text.size() < 126 ? std::string(1, static_cast<char>(0x80 | text.size()))
                           : std::string("\xfe", 1) + std::string(1, static_cast<char>(text.size() >> 8)) +
                                 std::string(1, static_cast<char>(text.size() & 0xff));
  return out + std::string(4, '\0') + text;
}

std::string ask(const std::string& path, const std::string& more = "") {
  return masked(R"({"path":")" + path + R"(","header":"x","body":{"jobAddress":"def")" + more + "}}");
}

constexpr const char* kClosed = "never written";

class FlowSocket : public FlowTest {
 protected:
  struct Talk {
    int status = 0;
    std::vector<codec::Value> messages;  // the "data" of each
    std::vector<std::string> paths;
    int close_code = 0;
    std::string close_reason;
  };

  static net::Task<std::string> run(Api* api, net::HttpRequest request, std::shared_ptr<Client> client) {
    auto response = co_await api->handle(std::move(request));
    if (!response.upgrade) co_return response.body;
    co_await response.upgrade(*client);
    co_return client->written;
  }

  Talk talk(std::deque<Client::Message> messages, std::string gone_after, const std::string& path = "/") {
    auto request = make_request("GET", path);
    const net::HttpHeaders upgrade = net::websocket_headers("dGhlIHNhbXBsZSBub25jZQ==");
    for (const auto& [name, value] : upgrade.all()) request.headers.add(name, value);
    auto client = std::make_shared<Client>();
    client->messages = std::move(messages);
    client->gone_after = std::move(gone_after);
    return frames(net::run_to_end(loop, run(api.get(), std::move(request), client)).value_or(""));
  }

  static Talk frames(std::string_view bytes) {
    Talk out;
    while (bytes.size() >= 2) {
      const bool close = static_cast<uint8_t>(bytes[0]) == 0x88;
      size_t size = static_cast<uint8_t>(bytes[1]), header = 2;
      if (size == 126) {
        size = static_cast<size_t>(static_cast<uint8_t>(bytes[2])) << 8 | static_cast<uint8_t>(bytes[3]);
        header = 4;
      }
      const std::string_view payload = bytes.substr(header, size);
      bytes.remove_prefix(header + size);
      if (close) {
        out.close_code = static_cast<uint8_t>(payload[0]) << 8 | static_cast<uint8_t>(payload[1]);
        out.close_reason = payload.substr(2);
      } else {
        const auto message = codec::parse_json(payload).value_or(codec::Value());
        out.paths.push_back(at(message, "path"));
        out.messages.push_back(codec::parse_json(at(message, "data")).value_or(codec::Value()));
      }
    }
    return out;
  }

  static std::vector<std::string> all(const Talk& talk, std::string_view member) {
    std::vector<std::string> out;
    for (const codec::Value& message : talk.messages) out.push_back(at(message, member));
    return out;
  }

  // The first operation has written two lines, and the start of one more.
  void finish(model::ClientStatus status = model::ClientStatus::Complete, std::vector<model::Evaluation> evals = {}) {
    const std::string data = base64_encode("one\ntwo\nthr");
    agent.local.chunks = {fmt::format(R"({{"Offset":11,"Data":"{}","File":"alloc/logs/server.stdout.0"}})", data),
                          "\n{}\n"};
    model::Allocation news = *server.snapshot()->alloc(id);
    news.client_status = status;
    news.task_states["server"] = {
        .state = model::TaskStateKind::Dead,
        .started_at = WallTime{5},
        .finished_at = WallTime{9'000'000},
        .events = {{.type = "Started", .time = WallTime{5}, .display_message = "Task started"},
                   {.type = "Driver Failure", .time = WallTime{6'000'000}, .display_message = "no such image"}}};
    server.must(state::UpdateAllocs{.allocs = {news}, .evals = std::move(evals)});
  }
};

TEST_F(FlowSocket, TellsOutputAndEventsAsTaskLogs) {
  finish();
  const Talk heard = talk({{ask("/flog", R"(,"untilEnd":true)"), ""}}, kClosed);
  EXPECT_THAT(heard.paths, ::testing::Each("flog"));
  EXPECT_THAT(all(heard, "message"), ::testing::UnorderedElementsAre("Task started", "no such image", "one", "two",
                                                                     "thr", "one", "two", "thr"));
  EXPECT_THAT(all(heard, "type"), ::testing::Contains("container").Times(6));
  EXPECT_THAT(all(heard, "type"), ::testing::Contains("error").Times(1));
  EXPECT_THAT(all(heard, "opId"), ::testing::Each("a"));
  EXPECT_THAT(all(heard, "group"), ::testing::Each("first"));
  EXPECT_THAT(all(heard, "timestamp"), ::testing::UnorderedElementsAre("1", "6", "9", "10", "11", "9", "10", "11"));
  EXPECT_EQ(heard.close_code, 1000);
}

TEST_F(FlowSocket, GoesOnWithWhatTakesThePlaceOfALostAllocation) {
  model::Evaluation replacing = state::testing::make_eval(7, "def");
  finish(model::ClientStatus::Lost, {replacing});
  auto talking =
      std::async(std::launch::async, [&] { return talk({{ask("/flog", R"(,"untilEnd":true)"), ""}}, kClosed); });
  while (agent.local.calls.size() < 2) std::this_thread::yield();
  const model::Allocation next = state::testing::make_alloc(2, "def", state::testing::node_id(1));
  id = next.id;
  server.must(state::ApplyPlan{.plan = state::testing::make_plan("def", {next})});
  replacing.status = model::EvalStatus::Complete;
  finish(model::ClientStatus::Complete, {replacing});
  const Talk heard = talking.get();
  EXPECT_THAT(all(heard, "message"), ::testing::Contains("one").Times(4));
  EXPECT_EQ(heard.close_code, 1000);
}

TEST_F(FlowSocket, SaysWhatCannotBeRead) {
  finish();
  agent.local.error = Error(ErrorCode::Unavailable, "the node is away");
  const Talk heard = talk({{ask("/flog", R"(,"untilEnd":true,"group":"first")"), ""}}, kClosed);
  EXPECT_THAT(all(heard, "message"), ::testing::IsSupersetOf({"stdout cannot be read: the node is away",
                                                              "stderr cannot be read: the node is away"}));
  agent.local.error = Error(ErrorCode::NotFound, "nothing was written");
  EXPECT_THAT(talk({{ask("/flog", R"(,"untilEnd":true)"), ""}}, kClosed).messages, SizeIs(2));
}

TEST_F(FlowSocket, ANodeThatSaysNoLinesIsNotListenedToForEver) {
  finish();
  agent.local.chunks = {std::string((1 << 20) + 1, 'x')};
  const Talk heard = talk({{ask("/flog", R"(,"untilEnd":true)"), ""}}, kClosed);
  EXPECT_THAT(all(heard, "message"), ::testing::Contains("stdout cannot be read: the node's answer has no lines"));
}

TEST_F(FlowSocket, TellsOnlyWhatIsAskedFor) {
  finish();
  EXPECT_THAT(all(talk({{ask("/flog", R"(,"untilEnd":true,"type":"error")"), ""}}, kClosed), "message"),
              ElementsAre("no such image"));
  EXPECT_THAT(all(talk({{ask("/flog", R"(,"untilEnd":true,"opId":"b")"), ""}}, kClosed), "message"), IsEmpty());
  EXPECT_THAT(talk({{ask("/flog", R"(,"untilEnd":true,"group":"first")"), ""}}, kClosed).messages, SizeIs(8));
}

TEST_F(FlowSocket, TellsNosanasCommandLineWhatToPrint) {
  finish();
  const Talk heard = talk({{ask("", R"(,"untilEnd":true)"), ""}}, kClosed, "/log");
  EXPECT_THAT(heard.paths, ::testing::Each("log"));
  EXPECT_THAT(all(heard, "log"), ::testing::IsSupersetOf({"a: no such image", "one\n", "thr\n"}));
  EXPECT_THAT(all(heard, "job"), ::testing::Each("def"));
  EXPECT_THAT(all(heard, "type"), ::testing::IsSupersetOf({"info", "error", "log"}));
}

TEST_F(FlowSocket, TellsTheStatusAtOnce) {
  const Talk heard = talk({{ask("/status"), ""}}, "\"index");
  ASSERT_THAT(heard.messages, SizeIs(1));
  EXPECT_THAT(heard.paths, ElementsAre("state"));
  EXPECT_EQ(at(heard.messages[0], "status"), "running");
  EXPECT_EQ(at(heard.messages[0], "state.job"), "def");
  EXPECT_EQ(at(heard.messages[0], "state.operations.currentGroup"), "first");
  EXPECT_EQ(at(heard.messages[0], "index"), "0");
}

TEST_F(FlowSocket, AFurtherMessageTakesThePlaceOfTheFirst) {
  const Talk heard = talk({{ask("/status"), ""}, {ask("/nope"), "\\\"index"}}, kClosed);
  EXPECT_THAT(heard.paths, ElementsAre("state"));
  EXPECT_EQ(heard.close_code, 3003);
}

TEST_F(FlowSocket, ClosesWithNosanasCodes) {
  const auto closing = [&](const std::string& message) {
    const Talk heard = talk({{message, ""}}, kClosed);
    return std::pair(heard.close_code, heard.close_reason);
  };
  EXPECT_EQ(closing(ask("/elsewhere")), std::pair(3003, std::string("Invalid Path")));
  EXPECT_EQ(closing(masked(R"({"path":"/flog","body":{"jobAddress":"zz"}})")),
            std::pair(1008, std::string("Invalid job address")));
  EXPECT_EQ(closing(masked("hello")).first, 1008);
  EXPECT_EQ(closing(masked(R"({"path":"/flog"})")).first, 1008);
}

TEST_F(FlowSocket, PagesOfOtherOriginsMayNotListen) {
  auto request = make_request("GET", "/flog");
  const net::HttpHeaders upgrade = net::websocket_headers("dGhlIHNhbXBsZSBub25jZQ==");
  for (const auto& [name, value] : upgrade.all()) request.headers.add(name, value);
  request.headers.add("Origin", "https://elsewhere.example");
  EXPECT_EQ(send(std::move(request)).status, 403);
  EXPECT_EQ(get("/flog").status, 400);
}

TEST_F(FlowSocket, TheRootIsTheNodesAddress) {
  EXPECT_EQ(get("/").body, "\"" + agent.node->str() + "\"");
  agent.node.reset();
  EXPECT_EQ(get("/").status, 404);
}

}  // namespace
}  // namespace drover::api::testing
