#pragma once

#include "base/random.h"
#include "rpc/executor.h"
#include "rpc/frame.h"
#include "rpc/stream_limits.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace drover::rpc {

struct NodeStreamClientOptions {
  std::vector<std::string> servers;  // "host:port"; a round begins with a random one
  Duration backoff_min = std::chrono::milliseconds(250);
  Duration backoff_max = std::chrono::seconds(5);
  Duration connect_timeout = std::chrono::seconds(5);
  StreamLimits limits;
};

// Called on the client's executor: on_connected, any number of on_message, on_disconnected, and again. A server that
// could not be reached is on_disconnected without on_connected.
class NodeStreamClientHandler {
 public:
  virtual ~NodeStreamClientHandler() = default;
  virtual void on_connected(const std::string& server) = 0;
  virtual void on_message(AnyMessage message) = 0;
  virtual void on_disconnected(const std::string& reason) = 0;
};

// The sending side of the agent: all that most of it needs. Thread-safe.
class MessageSender {
 public:
  virtual ~MessageSender() = default;

  // False when there is no connection, or its queue has reached its bound (then it is cut): what matters is sent again
  // after on_connected. True promises nothing but a place in the queue.
  virtual bool send(const AnyMessage& message) = 0;
};

// The node's end: keeps one stream to one of the servers, for ever. After a failure it tries the next server, waiting
// longer after each round (with jitter). Thread-safe.
class NodeStreamClient final : public MessageSender {
 public:
  // `handler` is kept until stop().
  NodeStreamClient(NodeStreamClientOptions options, std::unique_ptr<Random> random, Executor executor,
                   std::shared_ptr<NodeStreamClientHandler> handler);
  // Stops.
  ~NodeStreamClient() override;
  NodeStreamClient(const NodeStreamClient&) = delete;
  NodeStreamClient& operator=(const NodeStreamClient&) = delete;

  void start();

  // Sends what is queued, ends the stream and waits for that, at most the close timeout; also from a callback. The last
  // on_disconnected has been handed to the executor when it returns. Idempotent.
  void stop();

  // True from on_connected (within it, too) to on_disconnected.
  bool connected() const;
  bool send(const AnyMessage& message) override;

  // Ends the stream, if there is one, after sending what is queued; connects again as after a failure.
  void disconnect(std::string reason);

  // For the next attempts: from Welcome. An empty list is ignored.
  void set_servers(std::vector<std::string> servers);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace drover::rpc
