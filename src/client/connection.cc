#include "client/connection.h"

#include "rpc/executor.h"

#include <utility>

namespace drover::client {
namespace {

class StreamConnection final : public NodeConnection {
 public:
  StreamConnection(rpc::NodeStreamClientOptions options, net::Loop& loop,
                   std::shared_ptr<rpc::NodeStreamClientHandler> handler)
      : client_(std::move(options), std::make_unique<SystemRandom>(), rpc::executor_of(loop), std::move(handler)) {}

  void start() override { client_.start(); }
  void stop() override { client_.stop(); }
  void disconnect(std::string reason) override { client_.disconnect(std::move(reason)); }
  void set_servers(std::vector<std::string> servers) override { client_.set_servers(std::move(servers)); }
  bool send(const rpc::AnyMessage& message) override { return client_.send(message); }

 private:
  rpc::NodeStreamClient client_;
};

}  // namespace

ConnectionFactory stream_connections(rpc::NodeStreamClientOptions options, net::Loop& loop) {
  return [options = std::move(options), &loop](std::shared_ptr<rpc::NodeStreamClientHandler> handler) {
    return std::make_unique<StreamConnection>(options, loop, std::move(handler));
  };
}

}  // namespace drover::client
