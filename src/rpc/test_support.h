#pragma once

// For rpc's tests: waiting for what other threads do, the two ends of a stream that write down what they hear, and a
// proxy that can lose connections.

#include "base/mutex.h"
#include "rpc/node_stream_client.h"
#include "rpc/node_stream_server.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace drover::rpc {

// A value that tests wait for.
template <class T>
class Watched {
 public:
  void update(const std::function<void(T&)>& change) {
    {
      MutexLock lock(mutex_);
      change(value_);
    }
    changed_.notify_all();
  }

  // False if it does not come true within 20 s.
  bool wait(const std::function<bool(const T&)>& predicate) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    MutexLock lock(mutex_);
    while (!predicate(value_)) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      changed_.wait_for(mutex_, std::chrono::milliseconds(100));
    }
    return true;
  }

  T get() const {
    MutexLock lock(mutex_);
    return value_;
  }

 private:
  mutable Mutex mutex_;
  ConditionVariable changed_;
  T value_ BASE_GUARDED_BY(mutex_){};
};

struct Heard {
  std::vector<std::string> opened;  // server addresses, or peers
  std::vector<std::string> closed;  // reasons
  std::vector<AnyMessage> messages;
  std::vector<std::shared_ptr<NodeStream>> streams;  // on the server only
};

// A server on a free port of the loopback interface.
class TestServer {
 public:
  using Hook = std::function<void(const std::shared_ptr<NodeStream>&, AnyMessage&)>;

  explicit TestServer(NodeStreamServerOptions options = {}, Hook hook = nullptr);
  ~TestServer();

  std::string address() const { return "127.0.0.1:" + std::to_string(server->port()); }
  // Waits for the nth stream.
  std::shared_ptr<NodeStream> stream(size_t index = 0);

  Watched<Heard> heard;
  net::Loop loop{"test server"};
  Hook on_message;
  std::unique_ptr<NodeStreamServer> server;
};

class TestNode : public NodeStreamClientHandler {
 public:
  void on_connected(const std::string& server) override;
  void on_message(AnyMessage message) override;
  void on_disconnected(const std::string& reason) override;

  Watched<Heard> heard;
  std::function<void(AnyMessage&)> hook;
};

// A client with its own loop.
class TestClient {
 public:
  explicit TestClient(std::vector<std::string> servers, StreamLimits limits = {});
  ~TestClient();
  bool wait_connected(size_t times = 1);

  std::shared_ptr<TestNode> node = std::make_shared<TestNode>();
  net::Loop loop{"test node"};
  std::unique_ptr<NodeStreamClient> client;
};

// Forwards connections to a port of the loopback interface.
class TcpProxy {
 public:
  explicit TcpProxy(uint16_t target);
  ~TcpProxy();

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  // Connections stay open, but nothing passes any more: as when the peer's machine has lost its power.
  void freeze() { frozen_ = true; }
  // Resets all connections: as when the peer's process is killed.
  void reset_all() { reset_ = true; }
  size_t connections() const { return connections_; }

 private:
  void run();

  uint16_t target_;
  uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<bool> frozen_ = false;
  std::atomic<bool> reset_ = false;
  std::atomic<bool> stopping_ = false;
  std::atomic<size_t> connections_ = 0;
  std::thread thread_;
};

}  // namespace drover::rpc
