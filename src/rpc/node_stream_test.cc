#include "rpc/node_stream_client.h"
#include "rpc/node_stream_server.h"
#include "rpc/test_support.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>
#include <node.grpc.pb.h>

namespace drover::rpc {
namespace {

using std::chrono::milliseconds;

uint64_t sequence_of(const AnyMessage& message) {
  if (const auto* ack = std::get_if<Ack>(&message)) return ack->sequence;
  return std::get<AllocUpdates>(message).sequence;
}

bool in_sequence(const std::vector<AnyMessage>& messages) {
  for (size_t i = 0; i < messages.size(); ++i) {
    if (sequence_of(messages[i]) != i + 1) return false;
  }
  return true;
}

TEST(NodeStream, CarriesARegistrationAndItsAnswer) {
  TestServer server({.port = 0}, [](const auto& stream, AnyMessage& message) {
    if (const auto* hello = std::get_if<Hello>(&message)) stream->send(Welcome{.servers = {hello->node.name}});
  });
  TestClient client({server.address()});
  ASSERT_TRUE(client.wait_connected());
  Hello hello;
  hello.node.name = "rack-7";
  ASSERT_TRUE(client.client->send(hello));
  ASSERT_TRUE(client.node->heard.wait([](const Heard& h) { return !h.messages.empty(); }));
  EXPECT_EQ(std::get<Welcome>(client.node->heard.get().messages[0]).servers[0], "rack-7");
  EXPECT_EQ(client.node->heard.get().opened[0], server.address());
  EXPECT_EQ(server.server->stream_count(), 1U);
}

TEST(NodeStream, KeepsTheOrderOfThousandsOfMessagesBothWays) {
  constexpr size_t kCount = 2000;
  TestServer server({.port = 0});
  TestClient client({server.address()});
  ASSERT_TRUE(client.wait_connected());
  const auto stream = server.stream();
  for (size_t i = 1; i <= kCount; ++i) {
    ASSERT_TRUE(client.client->send(AllocUpdates{.sequence = i}));
    ASSERT_TRUE(stream->send(Ack{.sequence = i}));
  }
  ASSERT_TRUE(server.heard.wait([](const Heard& h) { return h.messages.size() == kCount; }));
  ASSERT_TRUE(client.node->heard.wait([](const Heard& h) { return h.messages.size() == kCount; }));
  EXPECT_TRUE(in_sequence(server.heard.get().messages));
  EXPECT_TRUE(in_sequence(client.node->heard.get().messages));
}

TEST(NodeStream, CarriesAMessageOfManyMegabytes) {
  TestServer server({.port = 0});
  TestClient client({server.address()});
  ASSERT_TRUE(client.wait_connected());
  ASSERT_TRUE(server.stream()->send(Refused{.reason = std::string(20 << 20, 'x')}));
  ASSERT_TRUE(client.node->heard.wait([](const Heard& h) { return !h.messages.empty(); }));
  EXPECT_EQ(std::get<Refused>(client.node->heard.get().messages[0]).reason.size(), size_t{20} << 20);
}

TEST(NodeStream, EndsWithItsReasonAfterWhatWasQueued) {
  TestServer server({.port = 0});
  TestClient client({server.address()});
  ASSERT_TRUE(client.wait_connected());
  const auto stream = server.stream();
  for (uint64_t i = 1; i <= 500; ++i) stream->send(Ack{.sequence = i});
  stream->close("this node was purged");
  EXPECT_FALSE(stream->send(Ack{}));
  ASSERT_TRUE(client.node->heard.wait([](const Heard& h) { return !h.closed.empty(); }));
  const Heard heard = client.node->heard.get();
  EXPECT_EQ(heard.messages.size(), 500U);
  EXPECT_EQ(heard.closed[0], "server " + server.address() + ": this node was purged");
  ASSERT_TRUE(server.heard.wait([](const Heard& h) { return !h.closed.empty(); }));
  EXPECT_EQ(server.heard.get().closed[0], "this node was purged");
  EXPECT_TRUE(client.wait_connected(2));
}

TEST(NodeStream, CutsANodeThatDoesNotTakeItsMessages) {
  TestServer server({.port = 0, .limits = {.max_queued_bytes = 4 << 20}});
  Watched<bool> release;
  TestClient client({server.address()});
  client.node->hook = [&](AnyMessage&) { release.wait([](bool go) { return go; }); };
  ASSERT_TRUE(client.wait_connected());
  const auto stream = server.stream();
  size_t sent = 0;
  while (stream->send(Refused{.reason = std::string(100'000, 'x')})) ASSERT_LT(++sent, 1000U);
  ASSERT_TRUE(server.heard.wait([](const Heard& h) { return !h.closed.empty(); }));
  EXPECT_TRUE(server.heard.get().closed[0].starts_with("the peer is too slow: ")) << server.heard.get().closed[0];
  release.update([](bool& go) { go = true; });
}

TEST(NodeStream, HearsTheServerEvenWhileANodeIsSlow) {
  TestServer server({.port = 0});
  Watched<bool> release;
  TestClient client({server.address()});
  client.node->hook = [&](AnyMessage&) { release.wait([](bool go) { return go; }); };
  ASSERT_TRUE(client.wait_connected());
  const auto stream = server.stream();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(stream->send(Refused{.reason = std::string(100'000, 'x')}));
  release.update([](bool& go) { go = true; });
  EXPECT_TRUE(client.node->heard.wait([](const Heard& h) { return h.messages.size() == 100; }));
}

TEST(NodeStream, RefusesAMessageLargerThanTheLimit) {
  TestServer server({.port = 0, .limits = {.max_message_bytes = 1 << 20}});
  TestClient client({server.address()});
  ASSERT_TRUE(client.wait_connected());
  ASSERT_TRUE(client.client->send(Refused{.reason = std::string(2 << 20, 'x')}));
  ASSERT_TRUE(client.node->heard.wait([](const Heard& h) { return !h.closed.empty(); }));
  ASSERT_TRUE(server.heard.wait([](const Heard& h) { return !h.closed.empty(); }));
  EXPECT_TRUE(server.heard.get().messages.empty());
}

TEST(NodeStream, EndsWhenABodyIsMalformedAndSkipsUnknownKinds) {
  TestServer server({.port = 0});
  TestClient client({server.address()});
  ASSERT_TRUE(client.wait_connected());
  const auto stream = server.stream();
  stream->send(Frame{.kind = 999, .body = "from the future"});
  stream->send(Ack{.sequence = 1});
  stream->send(Frame{.kind = encode_frame(Ack{}).kind, .body = "\xff\xff\xff"});
  ASSERT_TRUE(client.node->heard.wait([](const Heard& h) { return !h.closed.empty(); }));
  const Heard heard = client.node->heard.get();
  EXPECT_TRUE(heard.closed[0].starts_with("malformed message: Ack: ")) << heard.closed[0];
  EXPECT_TRUE(server.heard.wait([](const Heard& h) { return !h.closed.empty(); }));
}

TEST(NodeStreamServer, TellsAPeerThatItsMessageIsMalformed) {
  TestServer server({.port = 0});
  const auto channel = grpc::CreateChannel(server.address(), grpc::InsecureChannelCredentials());
  const auto stub = proto::Node::NewStub(channel);
  grpc::ClientContext context;
  const auto stream = stub->Stream(&context);
  proto::Frame unknown;
  unknown.set_kind(999);
  ASSERT_TRUE(stream->Write(unknown));
  proto::Frame broken;
  broken.set_kind(encode_frame(Ack{}).kind);
  broken.set_body("\xff\xff\xff");
  ASSERT_TRUE(stream->Write(broken));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(status.error_message().starts_with("malformed message: Ack: ")) << status.error_message();
  ASSERT_TRUE(server.heard.wait([](const Heard& h) { return !h.closed.empty(); }));
  EXPECT_EQ(server.heard.get().closed[0], status.error_message());
}

TEST(NodeStream, ComesBackWhenTheServerIsRestarted) {
  auto server = std::make_unique<TestServer>(NodeStreamServerOptions{.port = 0});
  const uint16_t port = server->server->port();
  TestClient client({server->address()});
  ASSERT_TRUE(client.wait_connected());
  server.reset();
  ASSERT_TRUE(client.node->heard.wait([](const Heard& h) { return !h.closed.empty(); }));
  EXPECT_NE(client.node->heard.get().closed[0].find("the server is stopping"), std::string::npos);
  EXPECT_FALSE(client.client->send(Heartbeat{}));
  server = std::make_unique<TestServer>(NodeStreamServerOptions{.port = port});
  EXPECT_TRUE(client.wait_connected(2));
}

TEST(NodeStream, TriesTheNextServer) {
  TestServer server({.port = 0});
  uint16_t dead_port = 0;
  {
    const TestServer gone({.port = 0});
    dead_port = gone.server->port();
  }
  const std::string dead = "127.0.0.1:" + std::to_string(dead_port);
  TestClient client({dead, server.address(), dead});
  ASSERT_TRUE(client.wait_connected());
  EXPECT_EQ(client.node->heard.get().opened[0], server.address());
}

TEST(NodeStream, TellsTheServerThatANodeHasGone) {
  TestServer server({.port = 0});
  TcpProxy proxy(server.server->port());
  TestClient client({proxy.address()});
  ASSERT_TRUE(client.wait_connected());
  server.stream();
  proxy.reset_all();
  ASSERT_TRUE(server.heard.wait([](const Heard& h) { return !h.closed.empty(); }));
  EXPECT_EQ(server.heard.get().closed[0], "the connection was lost");
  EXPECT_TRUE(client.wait_connected(2));
}

TEST(NodeStream, NoticesAPeerThatFellSilent) {
  const StreamLimits limits{.keepalive_time = milliseconds(200), .keepalive_timeout = milliseconds(200)};
  TestServer server({.port = 0, .limits = limits});
  TcpProxy proxy(server.server->port());
  TestClient client({proxy.address()}, limits);
  ASSERT_TRUE(client.wait_connected());
  server.stream();
  proxy.freeze();
  EXPECT_TRUE(server.heard.wait([](const Heard& h) { return !h.closed.empty(); }));
  EXPECT_TRUE(client.node->heard.wait([](const Heard& h) { return !h.closed.empty(); }));
}

TEST(NodeStream, SaysGoodbyeWhenANodeStops) {
  TestServer server({.port = 0});
  {
    TestClient client({server.address()});
    ASSERT_TRUE(client.wait_connected());
    server.stream();
    client.client->send(Ack{.sequence = 1});
    client.client->stop();
    client.client->stop();
    EXPECT_FALSE(client.client->send(Ack{}));
  }
  ASSERT_TRUE(server.heard.wait([](const Heard& h) { return !h.closed.empty(); }));
  EXPECT_EQ(server.heard.get().closed[0], "the node closed the stream");
  EXPECT_EQ(server.heard.get().messages.size(), 1U);
}

TEST(NodeStream, CanBeStoppedFromACallback) {
  TestServer server({.port = 0});
  TestClient client({server.address()});
  client.node->hook = [&](AnyMessage&) { client.client->stop(); };
  ASSERT_TRUE(client.wait_connected());
  server.stream()->send(Ack{});
  EXPECT_TRUE(client.node->heard.wait([](const Heard& h) { return !h.closed.empty(); }));
}

TEST(NodeStream, StartsAndStopsManyTimes) {
  for (int i = 0; i < 50; ++i) {
    TestServer server({.port = 0});
    TestClient client({server.address()});
    if (i % 2 == 0) {
      ASSERT_TRUE(client.wait_connected());
    }
    if (i % 3 == 0) server.server->stop();
  }
}

TEST(NodeStreamServer, RefusesAPortThatIsTaken) {
  TestServer first({.port = 0});
  NodeStreamServer second({.bind_address = "127.0.0.1", .port = first.server->port()}, executor_of(first.loop),
                          []() -> std::unique_ptr<NodeStreamHandler> { return nullptr; });
  const Status started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code(), ErrorCode::Unavailable);
}

TEST(NodeStream, LeavesNoDescriptorToChildProcesses) {
  TestServer server({.port = 0});
  TestClient client({server.address()});
  ASSERT_TRUE(client.wait_connected());
  DIR* const dir = ::opendir("/proc/self/fd");
  ASSERT_NE(dir, nullptr);
  while (const dirent* entry = ::readdir(dir)) {
    const int fd = std::atoi(entry->d_name);
    if (fd <= 2) continue;
    char target[256] = {};
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    if (::readlink(link.c_str(), target, sizeof target - 1) < 0) continue;
    const std::string_view kind = target;
    if (!kind.starts_with("socket:") && !kind.starts_with("anon_inode:")) continue;
    EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0) << "descriptor " << fd << ": " << kind;
  }
  ::closedir(dir);
}

}  // namespace
}  // namespace drover::rpc
