#pragma once

#include "base/random.h"
#include "rpc/node_stream_server.h"
#include "sim/sim_loop.h"
#include "sim/trace.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace drover::sim {

// How messages travel at the moment.
struct Weather {
  Duration typical = std::chrono::milliseconds(1);
  Duration worst = std::chrono::milliseconds(20);  // now and then
};

// The node's end of a stream.
class NodeEnd {
 public:
  virtual ~NodeEnd() = default;
  virtual void on_message(rpc::AnyMessage message) = 0;
  virtual void on_disconnected() = 0;
};

class Connection;

// Streams between nodes and the server, as gRPC's: in order within a stream, with delays; a stream that is cut loses
// what is under way behind some point, in both directions, and each end hears of that at a time of its own. So messages
// of an old stream may arrive after those of its successor.
class Network {
 public:
  Network(const Clock& clock, Random& random, Agenda& agenda, Trace& trace)
      : clock_(clock), random_(random), agenda_(agenda), trace_(trace) {}

  // A server accepts streams now, or, null, none does: those that there are break.
  void serve(SimLoop* loop, rpc::NodeStreamHandlerFactory make_handler);
  bool served() const { return loop_ != nullptr; }

  // Null if there is no server.
  std::shared_ptr<Connection> connect(std::string node, NodeEnd& end);
  void send(const std::shared_ptr<Connection>& connection, const rpc::AnyMessage& message);
  // Breaks it somewhere in between.
  void cut(const std::shared_ptr<Connection>& connection);
  // The node's process is gone: what it had sent may still arrive, nobody listens any more.
  void abandon(const std::shared_ptr<Connection>& connection);

  void set_weather(Weather weather) { weather_ = weather; }
  size_t connections() const { return open_.size(); }
  size_t under_way() const { return under_way_; }

 private:
  friend class ServerEnd;
  using Shared = std::shared_ptr<Connection>;
  enum class Direction : uint8_t { Up, Down };

  // The loop of the server that the stream belongs to; null once that is dead.
  SimLoop* loop_of(const Shared& connection) const;
  MonoTime arrival(MonoTime last);
  void transfer(const Shared& connection, Direction direction, rpc::Frame frame);
  void deliver(const Shared& connection, Direction direction, const rpc::Frame& frame);
  void close_by_server(const Shared& connection, const std::string& reason);
  void end_at_server(const Shared& connection, const std::string& reason);
  void end_at_node(const Shared& connection);
  void forget(const Shared& connection);
  Duration notice();

  const Clock& clock_;
  Random& random_;
  Agenda& agenda_;
  Trace& trace_;
  Weather weather_;
  SimLoop* loop_ = nullptr;
  uint64_t server_ = 0;  // another one for each life
  rpc::NodeStreamHandlerFactory make_handler_;
  std::vector<Shared> open_;
  uint64_t last_id_ = 0;
  size_t under_way_ = 0;
};

}  // namespace drover::sim
