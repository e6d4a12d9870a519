#pragma once

#include "base/clock.h"
#include "base/mutex.h"
#include "rpc/calls.h"
#include "rpc/messages.h"
#include "rpc/node_stream_server.h"
#include "server/assignments.h"
#include "server/control_loop.h"
#include "server/heartbeats.h"
#include "server/held_registry.h"
#include "server/node_reports.h"
#include "server/service_watches.h"
#include "server/state_follower.h"
#include "server/state_writer.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace drover::server {

struct NodeSessionsOptions {
  HeartbeatOptions heartbeats;
  // Told to nodes in Welcome.
  std::vector<std::string> server_addresses;
  std::vector<std::string> http_addresses;
  HeldRegistry* held = nullptr;  // where what nodes hold goes; null: nowhere
};

// The server's end of the node protocol (rpc/messages.h): registers nodes, keeps their heartbeats, sends them their
// assignments and hands on what they report (NodeReports). Owned by the control loop.
class NodeSessions final : public StateListener {
 public:
  NodeSessions(ControlLoop& loop, StateWriter& writer, const Clock& clock, Random& random, NodeSessionsOptions options);
  ~NodeSessions() override;

  // For the NodeStreamServer, whose executor is the control loop.
  rpc::NodeStreamHandlerFactory handler_factory();

  void on_changes(const StateChanges& changes) override;

  // Calls to a connected node, or null. Any thread.
  std::shared_ptr<rpc::CallRouter> calls_of(const model::NodeId& node) const;
  size_t connected() const;

 private:
  class Handler;

  // One connected node and what it has been sent.
  struct Session {
    std::shared_ptr<rpc::NodeStream> stream;
    std::shared_ptr<rpc::CallRouter> calls;
    std::optional<NodeAssignments> assignments;  // once Ready is durable: then they may flow
    MonoTime rests_until;
  };

  void on_message(const std::shared_ptr<rpc::NodeStream>& stream, model::NodeId& node, rpc::AnyMessage message);
  void note(const RowChange<model::Allocation>& change);
  void tell_requirements();
  void on_close(const std::shared_ptr<rpc::NodeStream>& stream, const model::NodeId& node, const std::string& reason);
  void on_hello(const std::shared_ptr<rpc::NodeStream>& stream, model::NodeId& node, rpc::Hello hello);
  void on_heartbeat(const model::NodeId& node, rpc::Heartbeat heartbeat);

  void register_node(model::Node node, std::function<void()> then);
  void mark_ready(const model::NodeId& node);
  void mark_lost(const model::NodeId& node);
  void welcome(const model::NodeId& node, Session& session);
  void send_assignments(Session& session);
  void send_pending();
  void send_services();
  void submit(const model::NodeId& node, state::Command command, std::function<void()> then);
  Session* find(const model::NodeId& node);
  void open_session(const model::NodeId& node, const std::shared_ptr<rpc::NodeStream>& stream);
  void end_session(const model::NodeId& node, const std::string& reason);
  void arm_timer();

  ControlLoop& loop_;
  StateWriter& writer_;
  const Clock& clock_;
  Random& random_;
  const NodeSessionsOptions options_;
  Heartbeats heartbeats_;
  NodeReports reports_;
  JobRecords job_records_;
  std::shared_ptr<const state::Snapshot> snapshot_ = std::make_shared<state::Snapshot>();  // the newest seen
  std::unordered_map<model::NodeId, Session> sessions_;
  uint64_t markets_told_ = 0;                  // the index of the table that the nodes know of
  std::unordered_set<model::NodeId> pending_;  // have assignments to come
  ControlTimer timer_;
  ControlTimer send_timer_;
  ServiceWatches services_;
  bool services_rest_ = false;
  ControlTimer services_timer_;

  mutable Mutex calls_mutex_;
  std::unordered_map<model::NodeId, std::shared_ptr<rpc::CallRouter>> calls_ BASE_GUARDED_BY(calls_mutex_);
};

}  // namespace drover::server
