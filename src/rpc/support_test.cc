#include "rpc/test_support.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace drover::rpc {
namespace {

class Recorder final : public NodeStreamHandler {
 public:
  explicit Recorder(TestServer& server) : server_(server) {}

  void on_open(const std::shared_ptr<NodeStream>& stream) override {
    server_.heard.update([&](Heard& h) {
      h.opened.push_back(stream->peer());
      h.streams.push_back(stream);
    });
  }

  void on_message(const std::shared_ptr<NodeStream>& stream, AnyMessage message) override {
    if (server_.on_message) server_.on_message(stream, message);
    server_.heard.update([&](Heard& h) { h.messages.push_back(std::move(message)); });
  }

  void on_close(const std::shared_ptr<NodeStream>&, const std::string& reason) override {
    server_.heard.update([&](Heard& h) { h.closed.push_back(reason); });
  }

 private:
  TestServer& server_;
};

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

TestServer::TestServer(NodeStreamServerOptions options, Hook hook) : on_message(std::move(hook)) {
  options.bind_address = "127.0.0.1";
  loop.start();
  server = std::make_unique<NodeStreamServer>(options, executor_of(loop),
                                              [this] { return std::make_unique<Recorder>(*this); });
  const Status started = server->start();
  EXPECT_TRUE(started) << started.error().message();
}

TestServer::~TestServer() {
  server->stop();
  loop.stop();
  loop.join();
}

std::shared_ptr<NodeStream> TestServer::stream(size_t index) {
  EXPECT_TRUE(heard.wait([&](const Heard& h) { return h.streams.size() > index; }));
  return heard.get().streams.at(index);
}

void TestNode::on_connected(const std::string& server) {
  heard.update([&](Heard& h) { h.opened.push_back(server); });
}

void TestNode::on_message(AnyMessage message) {
  if (hook) hook(message);
  heard.update([&](Heard& h) { h.messages.push_back(std::move(message)); });
}

void TestNode::on_disconnected(const std::string& reason) {
  heard.update([&](Heard& h) { h.closed.push_back(reason); });
}

TestClient::TestClient(std::vector<std::string> servers, StreamLimits limits) {
  loop.start();
  client = std::make_unique<NodeStreamClient>(NodeStreamClientOptions{.servers = std::move(servers),
                                                                      .backoff_min = std::chrono::milliseconds(5),
                                                                      .backoff_max = std::chrono::milliseconds(50),
                                                                      .limits = limits},
                                              std::make_unique<SeededRandom>(7), executor_of(loop), node);
  client->start();
}

TestClient::~TestClient() {
  client->stop();
  loop.stop();
  loop.join();
}

bool TestClient::wait_connected(size_t times) {
  return node->heard.wait([&](const Heard& h) { return h.opened.size() >= times; });
}

TcpProxy::TcpProxy(uint16_t target) : target_(target) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  EXPECT_EQ(0, ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size));
  EXPECT_EQ(0, ::listen(listener_, 16));
  EXPECT_EQ(0, ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size));
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

TcpProxy::~TcpProxy() {
  stopping_ = true;
  thread_.join();
  ::close(listener_);
}

// Both ends of each connection stand side by side in `ends`; poll's timeout bounds the time that flags take to work.
void TcpProxy::run() {
  std::vector<int> ends;
  const auto close_all = [&](bool abruptly) {
    const linger now{.l_onoff = abruptly, .l_linger = 0};
    for (const int fd : ends) {
      ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
      ::close(fd);
    }
    ends.clear();
  };
  while (!stopping_) {
    if (reset_.exchange(false)) close_all(true);
    std::vector<pollfd> polled = {{listener_, POLLIN, 0}};
    for (const int fd : ends) polled.push_back({frozen_ ? -1 : fd, POLLIN, 0});
    ::poll(polled.data(), polled.size(), 10);
    for (size_t i = 1; i < polled.size(); ++i) {
      if ((polled[i].revents & (POLLIN | POLLHUP)) == 0) continue;
      char bytes[65536];
      const ssize_t count = ::read(ends[i - 1], bytes, sizeof bytes);
      const int peer = ends[(i - 1) ^ 1];
      if (count <= 0 || ::send(peer, bytes, static_cast<size_t>(count), MSG_NOSIGNAL) != count) {
        ::shutdown(peer, SHUT_RDWR);
        ::shutdown(ends[i - 1], SHUT_RDWR);
      }
    }
    if ((polled[0].revents & POLLIN) != 0) {
      const sockaddr_in address = loopback(target_);
      ends.push_back(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
      ends.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      ::connect(ends.back(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
      ++connections_;
    }
  }
  close_all(false);
}

}  // namespace drover::rpc
