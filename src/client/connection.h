#pragma once

#include "base/random.h"
#include "net/loop.h"
#include "rpc/node_stream_client.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace drover::client {

// The node's stream to the servers, as the client uses it: rpc::NodeStreamClient, or a fake.
class NodeConnection : public rpc::MessageSender {
 public:
  virtual void start() = 0;
  virtual void stop() = 0;
  // Ends the stream and connects anew.
  virtual void disconnect(std::string reason) = 0;
  virtual void set_servers(std::vector<std::string> servers) = 0;
};

using ConnectionFactory =
    std::function<std::unique_ptr<NodeConnection>(std::shared_ptr<rpc::NodeStreamClientHandler> handler)>;

// Connections over gRPC whose callbacks run on `loop`.
ConnectionFactory stream_connections(rpc::NodeStreamClientOptions options, net::Loop& loop);

}  // namespace drover::client
