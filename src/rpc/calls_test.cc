#include "rpc/calls.h"

#include "rpc/test_support.h"

#include <algorithm>
#include <atomic>

#include <gtest/gtest.h>

namespace drover::rpc {
namespace {

using net::Task;

// A node's stream without a network: what the server sends goes to a responder on the node's loop, its answers to a
// router.
class Link final : public NodeStream, public MessageSender {
 public:
  explicit Link(net::Loop& node_loop) : node_loop_(node_loop) {}

  uint64_t id() const override { return 1; }
  const std::string& peer() const override { return peer_; }
  bool send(Frame) override { return false; }
  void close(std::string) override {}

  // Both directions: the two base classes' send() are the same function.
  bool send(const AnyMessage& message) override {
    const bool to_node = std::holds_alternative<Call>(message) || std::holds_alternative<CallCredit>(message) ||
                         std::holds_alternative<CallCancel>(message) || std::holds_alternative<CallInput>(message);
    if (const auto* input = std::get_if<CallInput>(&message)) {
      input_in_flight += input->bytes.size();
      most_input_in_flight = std::max(most_input_in_flight.load(), input_in_flight.load());
    }
    if (const auto* credit = std::get_if<CallInputCredit>(&message)) input_in_flight -= credit->bytes;
    if (to_node) {
      node_loop_.post("to node", [this, copy = message]() mutable { responder->on_message(copy); });
      return true;
    }
    if (const auto* data = std::get_if<CallData>(&message)) bytes_from_node += data->bytes.size();
    AnyMessage copy = message;
    router->on_message(copy);
    return true;
  }

  std::shared_ptr<CallRouter> router;
  CallResponder* responder = nullptr;
  std::atomic<size_t> bytes_from_node = 0;
  std::atomic<size_t> input_in_flight = 0;
  std::atomic<size_t> most_input_in_flight = 0;

 private:
  net::Loop& node_loop_;
  const std::string peer_ = "link";
};

struct Read {
  std::string content_type;
  std::string bytes;
  std::optional<Error> error;
  bool done = false;
};

Task<void> read_all(std::shared_ptr<CallRouter> router, CallRequest request, Watched<Read>* out) {
  auto stream = co_await start_call(std::move(router), std::move(request));
  if (!stream) {
    const Error error = stream.error();
    out->update([&](Read& r) { r.error = error, r.done = true; });
    co_return;
  }
  out->update([&](Read& r) { r.content_type = (*stream)->content_type(); });
  while (true) {
    auto chunk = co_await (*stream)->next();
    if (chunk && *chunk) {
      out->update([&](Read& r) { r.bytes += **chunk; });
      continue;
    }
    out->update([&](Read& r) {
      if (!chunk) r.error = chunk.error();
      r.done = true;
    });
    co_return;
  }
}

// Reads nothing until released, then all.
Task<void> read_later(std::shared_ptr<CallRouter> router, CallRequest request, net::Event go, Watched<Read>* out) {
  auto stream = co_await start_call(std::move(router), std::move(request));
  co_await go.wait();
  while (stream) {
    auto chunk = co_await (*stream)->next();
    if (!chunk || !*chunk) break;
    out->update([&](Read& r) { r.bytes += **chunk; });
  }
  out->update([&](Read& r) { r.done = true; });
}

// What the handlers of these tests do, by path.
Task<void> serve(CallRequest request, CallWriter& writer, Watched<int>* ended) {
  struct Ended {
    Watched<int>* count;
    ~Ended() {
      count->update([](int& n) { ++n; });
    }
  } const on_exit{ended};
  if (request.path == "/missing") {
    writer.fail(Error(ErrorCode::NotFound, "no file /missing"));
    co_return;
  }
  writer.set_content_type("text/plain");
  if (request.path == "/empty") co_return;
  if (request.path == "/echo") {
    if (!writer.start()) co_return;
    while (true) {
      const auto piece = co_await writer.read_input();
      if (!piece || piece->empty()) co_return;
      const Status written = co_await writer.write(*piece);
      if (!written) co_return;
    }
  }
  if (request.path == "/forever") {
    if (!writer.start()) co_return;
    co_await net::sleep_for(std::chrono::hours(1));
  }
  for (int64_t left = request.limit; left > 0;) {
    const auto size = static_cast<size_t>(std::min<int64_t>(left, 100'000));
    const Status written = co_await writer.write(std::string(size, 'x'));
    if (!written) co_return;
    left -= static_cast<int64_t>(size);
  }
  if (request.path == "/breaks") writer.fail(Error(ErrorCode::Internal, "the disk is gone"));
}

class Calls : public ::testing::Test {
 protected:
  Calls() {
    link_.router = std::make_shared<CallRouter>(std::shared_ptr<NodeStream>(std::shared_ptr<void>(), &link_));
    responder_ = std::make_unique<CallResponder>(
        node_, link_, [this](CallRequest request, CallWriter& writer) { return serve(request, writer, &ended_); });
    link_.responder = responder_.get();
    node_.start();
    api_.start();
  }

  ~Calls() override {
    for (net::Loop* loop : {&api_, &node_}) {
      loop->stop();
      loop->join();
    }
  }

  bool wait_done() {
    return read_.wait([](const Read& r) { return r.done; });
  }

  net::Loop node_{"test node"};
  net::Loop api_{"test api"};
  Watched<int> ended_;
  Watched<Read> read_;
  Link link_{node_};
  std::unique_ptr<CallResponder> responder_;
};

TEST_F(Calls, StreamAnAnswerOfManyWindows) {
  constexpr int64_t kSize = 10'000'000;
  api_.spawn("test", read_all(link_.router, {.path = "/big", .limit = kSize}, &read_));
  ASSERT_TRUE(wait_done());
  const Read read = read_.get();
  EXPECT_FALSE(read.error) << read.error->message();
  EXPECT_EQ(read.bytes.size(), size_t{kSize});
  EXPECT_EQ(read.content_type, "text/plain");
  EXPECT_EQ(link_.router->call_count(), 0U);
}

Task<void> feed(CallStream* stream, int pieces) {
  for (int i = 0; i < pieces; ++i) {
    const auto sent = co_await stream->send(std::string(5000, static_cast<char>('a' + i % 26)));
    if (!sent) co_return;
  }
  std::ignore = co_await stream->send("");
  co_await net::sleep_for(std::chrono::hours(1));
}

Task<void> read_echo(CallStream* stream, Watched<Read>* out) {
  while (true) {
    const auto chunk = co_await stream->next();
    if (!chunk || !*chunk) break;
    out->update([&](Read& r) { r.bytes += **chunk; });
  }
}

Task<void> echo_through(std::shared_ptr<CallRouter> router, Watched<Read>* out) {
  auto stream = co_await start_call(std::move(router), {.path = "/echo"});
  if (stream) co_await net::run_either(read_echo(stream->get(), out), feed(stream->get(), 400));
  out->update([](Read& r) { r.done = true; });
}

TEST_F(Calls, TakeInputWithinAWindow) {
  api_.spawn("test", echo_through(link_.router, &read_));
  ASSERT_TRUE(wait_done());
  const Read read = read_.get();
  ASSERT_EQ(read.bytes.size(), 400U * 5000);
  for (size_t i = 0; i < 400; ++i) ASSERT_EQ(read.bytes[i * 5000], static_cast<char>('a' + i % 26));
  EXPECT_LE(link_.most_input_in_flight, kCallInputWindow);
  EXPECT_EQ(link_.router->call_count(), 0U);
}

TEST_F(Calls, DeliverAnEmptyAnswerWithItsHead) {
  api_.spawn("test", read_all(link_.router, {.path = "/empty"}, &read_));
  ASSERT_TRUE(wait_done());
  EXPECT_FALSE(read_.get().error);
  EXPECT_EQ(read_.get().content_type, "text/plain");
}

TEST_F(Calls, ReportTheNodesErrorWithItsCode) {
  api_.spawn("test", read_all(link_.router, {.path = "/missing"}, &read_));
  ASSERT_TRUE(wait_done());
  ASSERT_TRUE(read_.get().error);
  EXPECT_EQ(read_.get().error->code(), ErrorCode::NotFound);
  EXPECT_EQ(read_.get().error->message(), "no file /missing");
}

TEST_F(Calls, ReportAnErrorAfterTheBytesBeforeIt) {
  api_.spawn("test", read_all(link_.router, {.path = "/breaks", .limit = 1000}, &read_));
  ASSERT_TRUE(wait_done());
  EXPECT_EQ(read_.get().bytes.size(), 1000U);
  ASSERT_TRUE(read_.get().error);
  EXPECT_EQ(read_.get().error->message(), "the disk is gone");
}

TEST_F(Calls, SendNoMoreThanAWindowToAReaderThatDoesNotRead) {
  constexpr int64_t kSize = 10'000'000;
  const net::Event go;
  api_.spawn("test", read_later(link_.router, {.path = "/big", .limit = kSize}, go, &read_));
  // A second call on the same loops, made and finished while the first is stalled, shows that the node came to a stop.
  Watched<Read> other;
  api_.spawn("test", read_all(link_.router, {.path = "/big", .limit = 1'000'000}, &other));
  ASSERT_TRUE(other.wait([](const Read& r) { return r.done; }));
  EXPECT_EQ(other.get().bytes.size(), 1'000'000U);
  EXPECT_LE(link_.bytes_from_node, 1'000'000U + kCallWindow);
  go.set();
  ASSERT_TRUE(wait_done());
  EXPECT_EQ(read_.get().bytes.size(), size_t{kSize});
}

TEST_F(Calls, BoundWhatManyStalledReadersCostTogether) {
  constexpr size_t kReaders = 200;
  std::vector<std::unique_ptr<Watched<Read>>> reads;
  std::vector<net::Spawned> tasks;
  for (size_t i = 0; i < kReaders; ++i) {
    reads.push_back(std::make_unique<Watched<Read>>());
    tasks.push_back(api_.spawn(
        "test", read_later(link_.router, {.path = "/big", .limit = 10'000'000}, net::Event(), reads[i].get())));
  }
  api_.spawn("test", read_all(link_.router, {.path = "/big", .limit = 1'000'000}, &read_));
  ASSERT_TRUE(wait_done());
  EXPECT_EQ(read_.get().bytes.size(), 1'000'000U);
  EXPECT_LE(link_.bytes_from_node, 1'000'000U + kCallBudget + kCallWindow + kReaders * kSmallCallWindow);
  for (net::Spawned& task : tasks) task.cancel();
  EXPECT_TRUE(ended_.wait([](int n) { return n == kReaders + 1; }));
}

TEST_F(Calls, CancelTheNodesTaskWhenTheReaderGoes) {
  net::Spawned reader = api_.spawn("test", read_all(link_.router, {.path = "/forever"}, &read_));
  ASSERT_TRUE(read_.wait([](const Read& r) { return !r.content_type.empty(); }));
  reader.cancel();
  EXPECT_TRUE(ended_.wait([](int n) { return n == 1; }));
  EXPECT_EQ(link_.router->call_count(), 0U);
}

TEST_F(Calls, EndWhenTheNodesStreamEnds) {
  api_.spawn("test", read_all(link_.router, {.path = "/forever"}, &read_));
  ASSERT_TRUE(read_.wait([](const Read& r) { return !r.content_type.empty(); }));
  link_.router->close("the connection was lost");
  node_.post("lost", [this] { responder_->on_disconnected(); });
  ASSERT_TRUE(wait_done());
  EXPECT_EQ(read_.get().error->code(), ErrorCode::Unavailable);
  EXPECT_TRUE(ended_.wait([](int n) { return n == 1; }));

  Watched<Read> late;
  api_.spawn("test", read_all(link_.router, {.path = "/empty"}, &late));
  ASSERT_TRUE(late.wait([](const Read& r) { return r.done; }));
  EXPECT_EQ(late.get().error->code(), ErrorCode::Unavailable);
}

TEST_F(Calls, DropANodeThatSendsMoreThanTheWindow) {
  api_.spawn("test", read_all(link_.router, {.path = "/forever"}, &read_));
  ASSERT_TRUE(read_.wait([](const Read& r) { return !r.content_type.empty(); }));
  AnyMessage flood = CallData{.call_id = 1, .bytes = std::string(kCallWindow + 1, 'x')};
  EXPECT_TRUE(link_.router->on_message(flood));
  ASSERT_TRUE(wait_done());
  EXPECT_EQ(read_.get().error->code(), ErrorCode::Internal);
  EXPECT_TRUE(ended_.wait([](int n) { return n == 1; }));
}

TEST(CallsOverAStream, StreamMegabytes) {
  Watched<Read> read;
  Watched<int> ended;
  Watched<std::shared_ptr<CallRouter>> router;
  TestServer server({.port = 0}, [&](const auto&, AnyMessage& message) { router.get()->on_message(message); });
  TestClient client({server.address()});
  CallResponder responder(client.loop, *client.client,
                          [&](CallRequest request, CallWriter& writer) { return serve(request, writer, &ended); });
  client.node->hook = [&](AnyMessage& message) { responder.on_message(message); };
  ASSERT_TRUE(client.wait_connected());
  const auto calls = std::make_shared<CallRouter>(server.stream());
  router.update([&](auto& r) { r = calls; });
  net::Loop api("test api");
  api.start();
  api.spawn("test", read_all(calls, {.path = "/big", .limit = 10'000'000}, &read));
  EXPECT_TRUE(read.wait([](const Read& r) { return r.done; }));
  EXPECT_EQ(read.get().bytes.size(), 10'000'000U);
  client.client->stop();
  client.loop.stop();
  client.loop.join();
}

}  // namespace
}  // namespace drover::rpc
