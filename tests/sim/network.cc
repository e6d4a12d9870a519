#include "sim/network.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace drover::sim {

// The server's end, as its code sees it.
class ServerEnd final : public rpc::NodeStream {
 public:
  ServerEnd(Network& network, uint64_t id, std::string peer) : network_(network), id_(id), peer_(std::move(peer)) {}

  uint64_t id() const override { return id_; }
  const std::string& peer() const override { return peer_; }
  bool send(const rpc::AnyMessage& message) override { return send(rpc::encode_frame(message)); }
  bool send(rpc::Frame frame) override;
  void close(std::string reason) override;

  std::weak_ptr<Connection> connection;

 private:
  Network& network_;
  const uint64_t id_;
  const std::string peer_;
};

class Connection {
 public:
  // One direction. Messages beyond `limit` are lost.
  struct Lane {
    uint64_t sent = 0;
    uint64_t delivered = 0;
    uint64_t limit = UINT64_MAX;
    MonoTime last;
  };

  std::string node;
  std::shared_ptr<ServerEnd> stream;
  std::unique_ptr<rpc::NodeStreamHandler> handler;
  uint64_t server = 0;     // which life of it
  NodeEnd* end = nullptr;  // null once the node's end is closed
  bool closed_by_server = false;
  bool cut = false;
  Lane up, down;
};

bool ServerEnd::send(rpc::Frame frame) {
  const auto shared = connection.lock();
  if (!shared || shared->closed_by_server) return false;
  network_.transfer(shared, Network::Direction::Down, std::move(frame));
  return true;
}

void ServerEnd::close(std::string reason) {
  const auto shared = connection.lock();
  if (shared) network_.close_by_server(shared, reason);
}

void Network::serve(SimLoop* loop, rpc::NodeStreamHandlerFactory make_handler) {
  for (const Shared& connection : std::vector(open_)) {
    connection->handler.reset();
    connection->closed_by_server = true;
    cut(connection);
  }
  loop_ = loop;
  ++server_;
  make_handler_ = std::move(make_handler);
}

SimLoop* Network::loop_of(const Shared& connection) const {
  return connection->server == server_ ? loop_ : nullptr;
}

std::shared_ptr<Connection> Network::connect(std::string node, NodeEnd& end) {
  if (!loop_) return nullptr;
  auto connection = std::make_shared<Connection>();
  connection->node = node;
  connection->stream = std::make_shared<ServerEnd>(*this, ++last_id_, std::move(node));
  connection->stream->connection = connection;
  connection->server = server_;
  connection->end = &end;
  connection->up.last = connection->down.last = clock_.mono();
  open_.push_back(connection);
  loop_->post("open", [this, connection] {
    connection->handler = make_handler_();
    connection->handler->on_open(connection->stream);
  });
  return connection;
}

void Network::send(const Shared& connection, const rpc::AnyMessage& message) {
  transfer(connection, Direction::Up, rpc::encode_frame(message));
}

MonoTime Network::arrival(MonoTime last) {
  const Duration longest = random_.below(20) == 0 ? weather_.worst : weather_.typical;
  const Duration delay(static_cast<int64_t>(random_.below(static_cast<uint64_t>(longest.count()) + 1)));
  return std::max(last, clock_.mono() + delay);
}

void Network::transfer(const Shared& connection, Direction direction, rpc::Frame frame) {
  Connection::Lane& lane = direction == Direction::Up ? connection->up : connection->down;
  const uint64_t number = ++lane.sent;
  if (number > lane.limit) return;
  lane.last = arrival(lane.last);
  ++under_way_;
  agenda_.add(lane.last, [this, connection, direction, number, frame = std::move(frame)] {
    --under_way_;
    Connection::Lane& at = direction == Direction::Up ? connection->up : connection->down;
    if (number > at.limit) return;
    at.delivered = number;
    deliver(connection, direction, frame);
  });
}

void Network::deliver(const Shared& connection, Direction direction, const rpc::Frame& frame) {
  auto message = rpc::decode_frame(frame.kind, frame.body);
  CHECK(message && *message, "a message cannot be read");
  const bool beat =
      std::holds_alternative<rpc::Heartbeat>(**message) || std::holds_alternative<rpc::Welcome>(**message);
  if (!beat)
    trace_.note("{} {} {}", connection->node, direction == Direction::Up ? "->" : "<-", rpc::message_name(**message));
  if (direction == Direction::Down) {
    if (connection->end) connection->end->on_message(std::move(**message));
    return;
  }
  SimLoop* loop = loop_of(connection);
  if (!loop) return;
  loop->post("message", [connection, message = std::move(**message)] {
    if (connection->handler && !connection->closed_by_server) {
      connection->handler->on_message(connection->stream, message);
    }
  });
}

void Network::cut(const Shared& connection) {
  if (std::exchange(connection->cut, true)) return;
  for (Connection::Lane* lane : {&connection->up, &connection->down}) {
    lane->limit = lane->delivered + random_.below(lane->sent - lane->delivered + 1);
  }
  agenda_.add(clock_.mono() + notice(), [this, connection] { end_at_node(connection); });
  // After what still arrives.
  const MonoTime heard = std::max(connection->up.last, clock_.mono() + notice());
  agenda_.add(heard, [this, connection] { end_at_server(connection, "the connection is cut"); });
}

void Network::abandon(const Shared& connection) {
  connection->end = nullptr;
  cut(connection);
}

// What is queued is sent; then the node hears of the end.
void Network::close_by_server(const Shared& connection, const std::string& reason) {
  if (std::exchange(connection->closed_by_server, true)) return;
  if (!std::exchange(connection->cut, true)) {
    connection->down.last = arrival(connection->down.last);
    agenda_.add(connection->down.last, [this, connection] { end_at_node(connection); });
  }
  end_at_server(connection, reason);
}

void Network::end_at_server(const Shared& connection, const std::string& reason) {
  connection->closed_by_server = true;
  SimLoop* loop = loop_of(connection);
  if (!loop) return;
  loop->post("close", [this, connection, reason] {
    if (auto handler = std::move(connection->handler)) handler->on_close(connection->stream, reason);
    forget(connection);
  });
}

void Network::end_at_node(const Shared& connection) {
  if (NodeEnd* end = std::exchange(connection->end, nullptr)) end->on_disconnected();
  if (!loop_of(connection)) forget(connection);
}

void Network::forget(const Shared& connection) {
  std::erase(open_, connection);
}

// A reset is noticed at once, silence by keepalive.
Duration Network::notice() {
  const uint64_t longest = random_.below(3) == 0 ? 15'000 : 50;
  return std::chrono::milliseconds(random_.below(longest));
}

}  // namespace drover::sim
