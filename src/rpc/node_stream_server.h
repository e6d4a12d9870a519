#pragma once

#include "base/result.h"
#include "rpc/executor.h"
#include "rpc/node_stream.h"
#include "rpc/stream_limits.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace drover::rpc {

struct NodeStreamServerOptions {
  std::string bind_address = "0.0.0.0";
  uint16_t port = 4647;  // 0: any free one
  StreamLimits limits;
};

// Makes the handler of a new stream, on the executor.
using NodeStreamHandlerFactory = std::function<std::unique_ptr<NodeStreamHandler>()>;

// Accepts the streams of nodes. Costs no thread and about 34 KiB an idle stream. Thread-safe.
class NodeStreamServer {
 public:
  NodeStreamServer(NodeStreamServerOptions options, Executor executor, NodeStreamHandlerFactory make_handler);
  // Stops.
  ~NodeStreamServer();
  NodeStreamServer(const NodeStreamServer&) = delete;
  NodeStreamServer& operator=(const NodeStreamServer&) = delete;

  // Listens. Fails if the address cannot be bound. REQUIRES not started before.
  Status start();

  // Ends all streams and waits until they have ended, at most the close timeout. Every on_close has been handed to the
  // executor when it returns. Idempotent.
  void stop();

  // The bound port, once started.
  uint16_t port() const;
  size_t stream_count() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace drover::rpc
