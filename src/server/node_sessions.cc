#include "server/node_sessions.h"

#include <algorithm>

#include "base/log.h"
#include "server/node_evals.h"

namespace drover::server {
namespace {

// A node is told of changes at once, and of those that follow soon together: the more there were in a message, and the
// more nodes there are to tell, the longer the rest after it. Few large messages cost far less than many small ones.
constexpr Duration kRestPerAlloc = std::chrono::microseconds(100);
constexpr Duration kRestPerNode = std::chrono::microseconds(50);
constexpr Duration kShortestRest = std::chrono::milliseconds(2);
constexpr Duration kLongestRest = std::chrono::milliseconds(250);

// Between answers to nodes that watch services: what changes soon together is told once.
constexpr Duration kServicesRest = std::chrono::milliseconds(100);

std::optional<rpc::Requirements> requirements_of(const state::Snapshot& snapshot, const model::NodeId& id) {
  const auto node = snapshot.node(id);
  const auto market = node ? snapshot.market(node->node_pool) : nullptr;
  if (!market || !market->requires_something()) return std::nullopt;
  return rpc::Requirements{.id = model::requirements_id(*market),
                           .images = market->required_images,
                           .resources = market->required_remote_resources};
}

}  // namespace

// What the stream server knows of one stream; the node's id is set by its Hello.
class NodeSessions::Handler final : public rpc::NodeStreamHandler {
 public:
  explicit Handler(NodeSessions& sessions) : sessions_(sessions) {}

  void on_open(const std::shared_ptr<rpc::NodeStream>&) override {}
  void on_message(const std::shared_ptr<rpc::NodeStream>& stream, rpc::AnyMessage message) override {
    sessions_.on_message(stream, node_, std::move(message));
  }
  void on_close(const std::shared_ptr<rpc::NodeStream>& stream, const std::string& reason) override {
    if (!node_.empty()) log::info("node disconnected", {{"node", node_.str()}, {"reason", reason}});
    sessions_.on_close(stream, node_, reason);
  }

 private:
  NodeSessions& sessions_;
  model::NodeId node_;
};

NodeSessions::NodeSessions(ControlLoop& loop, StateWriter& writer, const Clock& clock, Random& random,
                           NodeSessionsOptions options)
    : loop_(loop),
      writer_(writer),
      clock_(clock),
      random_(random),
      options_(std::move(options)),
      heartbeats_(options_.heartbeats, clock, random),
      reports_(loop, writer, clock, random) {}

NodeSessions::~NodeSessions() {
  timer_.cancel();
  send_timer_.cancel();
  services_timer_.cancel();
}

rpc::NodeStreamHandlerFactory NodeSessions::handler_factory() {
  return [this] { return std::make_unique<Handler>(*this); };
}

std::shared_ptr<rpc::CallRouter> NodeSessions::calls_of(const model::NodeId& node) const {
  MutexLock lock(calls_mutex_);
  const auto found = calls_.find(node);
  return found == calls_.end() ? nullptr : found->second;
}

size_t NodeSessions::connected() const {
  MutexLock lock(calls_mutex_);
  return calls_.size();
}

void NodeSessions::open_session(const model::NodeId& node, const std::shared_ptr<rpc::NodeStream>& stream) {
  const auto calls = std::make_shared<rpc::CallRouter>(stream);
  sessions_[node] = Session{.stream = stream, .calls = calls, .assignments = {}, .rests_until = {}};
  MutexLock lock(calls_mutex_);
  calls_[node] = calls;
}

void NodeSessions::end_session(const model::NodeId& node, const std::string& reason) {
  const auto found = sessions_.find(node);
  if (found == sessions_.end()) return;
  const Session ended = std::move(found->second);
  sessions_.erase(found);
  services_.forget(node);
  if (options_.held != nullptr) options_.held->forget(node);
  {
    MutexLock lock(calls_mutex_);
    calls_.erase(node);
  }
  ended.calls->close(reason);
  ended.stream->close(reason);
}

NodeSessions::Session* NodeSessions::find(const model::NodeId& node) {
  const auto found = sessions_.find(node);
  return found == sessions_.end() ? nullptr : &found->second;
}

void NodeSessions::on_changes(const StateChanges& changes) {
  if (changes.snapshot->index() > snapshot_->index()) snapshot_ = changes.snapshot;
  const uint64_t markets = snapshot_->table_index(state::Table::Markets);
  if (std::exchange(markets_told_, markets) != markets && !changes.first) tell_requirements();
  for (const auto& change : changes.nodes) {
    if (!change.after) {
      heartbeats_.forget(change.before->id);
    } else if (change.after->status == model::NodeStatus::Ready) {
      heartbeats_.expect(change.after->id);
    }
  }
  for (const auto& change : changes.allocs) note(change);
  for (const auto& change : changes.services) services_.note(change);
  send_pending();
  send_services();
  arm_timer();
}

// Markets change seldom: their nodes hear at once what they have to hold.
void NodeSessions::tell_requirements() {
  for (auto& [node, session] : sessions_) {
    if (session.assignments) welcome(node, session);
  }
}

void NodeSessions::note(const RowChange<model::Allocation>& change) {
  const model::NodeId& node = change.after ? change.after->node_id : change.before->node_id;
  Session* session = find(node);
  if (!session || !session->assignments) return;  // gets all of them when it is ready
  session->assignments->note(change);
  if (session->assignments->waiting()) pending_.insert(node);
}

void NodeSessions::on_message(const std::shared_ptr<rpc::NodeStream>& stream, model::NodeId& node,
                              rpc::AnyMessage message) {
  if (auto* hello = std::get_if<rpc::Hello>(&message)) return on_hello(stream, node, std::move(*hello));
  const Session* session = find(node);
  if (node.empty() || !session || session->stream != stream) return stream->close("say hello first");
  if (auto* heartbeat = std::get_if<rpc::Heartbeat>(&message)) return on_heartbeat(node, std::move(*heartbeat));
  if (auto* allocs = std::get_if<rpc::AllocUpdates>(&message)) return reports_.add(stream, node, std::move(*allocs));
  if (auto* services = std::get_if<rpc::ServiceUpdates>(&message)) {
    return reports_.add(stream, node, std::move(*services));
  }
  if (const auto* wanted = std::get_if<rpc::WatchServices>(&message)) {
    services_.set(node, *wanted, *snapshot_);
    return send_services();
  }
  session->calls->on_message(message);
}

void NodeSessions::on_close(const std::shared_ptr<rpc::NodeStream>& stream, const model::NodeId& node,
                            const std::string& reason) {
  const Session* session = find(node);
  if (session && session->stream == stream) end_session(node, reason);  // its heartbeat deadline goes on
}

void NodeSessions::on_hello(const std::shared_ptr<rpc::NodeStream>& stream, model::NodeId& node, rpc::Hello hello) {
  const auto refuse = [&](std::string reason) {
    log::warn("node refused", {{"node", hello.node.id.str()}, {"peer", stream->peer()}, {"reason", reason}});
    stream->send(rpc::AnyMessage(rpc::Refused{reason}));
    stream->close(std::move(reason));
  };
  if (hello.protocol_version != rpc::kProtocolVersion) {
    return refuse(fmt::format("this server speaks version {} of the node protocol, the node version {}",
                              rpc::kProtocolVersion, hello.protocol_version));
  }
  if (hello.node.id.empty() || hello.node.secret_id.empty()) return refuse("a node needs an id and a secret");
  const auto known = snapshot_->node(hello.node.id);
  if (known && known->secret_id != hello.node.secret_id) return refuse("another node has registered with this id");
  node = hello.node.id;
  end_session(node, "the node has connected again");
  open_session(node, stream);
  log::info("node connected", {{"node", node.str()}, {"name", hello.node.name}, {"peer", stream->peer()}});
  register_node(std::move(hello.node), [this, id = node] { mark_ready(id); });
}

void NodeSessions::register_node(model::Node node, std::function<void()> then) {
  const model::NodeId id = node.id;
  submit(id, state::make_command(state::RegisterNode{std::move(node), clock_.now()}), std::move(then));
}

void NodeSessions::mark_ready(const model::NodeId& node) {
  // What is on it may have been given up while it was away.
  const auto known = snapshot_->node(node);
  const bool was_away = known && known->status != model::NodeStatus::Ready;
  state::UpdateNodeStatus ready{
      .node_id = node, .status = model::NodeStatus::Ready, .description = "", .evals = {}, .time = clock_.now()};
  if (was_away) ready.evals = evals_for_jobs_on(*snapshot_, node, random_);
  submit(node, state::make_command(std::move(ready)), [this, node] {
    Session* session = find(node);
    if (!session) return;
    snapshot_ = writer_.snapshot();
    welcome(node, *session);
    if (!session->assignments) session->assignments.emplace(*snapshot_, node);
    pending_.insert(node);
    send_pending();
    arm_timer();
  });
}

void NodeSessions::welcome(const model::NodeId& node, Session& session) {
  session.stream->send(
      rpc::AnyMessage(rpc::Welcome{.heartbeat_ttl = heartbeats_.heard(node),
                                   .servers = options_.server_addresses,
                                   .http_servers = options_.http_addresses,
                                   .memory_oversubscription = snapshot_->scheduler_config().memory_oversubscription,
                                   .requirements = requirements_of(*snapshot_, node)}));
}

void NodeSessions::on_heartbeat(const model::NodeId& node, rpc::Heartbeat heartbeat) {
  const auto known = snapshot_->node(node);
  const bool was_away = known && known->status != model::NodeStatus::Ready;
  if (heartbeat.node && heartbeat.node->id == node) {
    register_node(std::move(*heartbeat.node), [this, node, was_away] {
      if (was_away) mark_ready(node);
    });
  } else if (was_away) {
    mark_ready(node);
  }
  if (heartbeat.held && options_.held != nullptr) options_.held->update(node, *heartbeat.held);
  if (Session* session = find(node)) welcome(node, *session);
  arm_timer();
}

// Makes a change for a node. If it cannot be made durable the stream ends: the node connects and reports again.
void NodeSessions::submit(const model::NodeId& node, state::Command command, std::function<void()> then) {
  const std::string name(command.name());
  writer_.submit(std::move(command), [this, node, name, then = std::move(then)](Result<state::Reply> reply) {
    loop_.post("node change durable", [this, node, name, then, reply = std::move(reply)] {
      if (reply || reply.error().code() == ErrorCode::NotFound) {
        if (then) then();
        return;
      }
      log::warn("change of a node not written",
                {{"node", node.str()}, {"change", name}, {"reason", reply.error().message()}});
      if (Session* session = find(node)) session->stream->close(reply.error().message());
    });
  });
}

void NodeSessions::send_assignments(Session& session) {
  auto assignments = session.assignments->next(*snapshot_, job_records_);
  if (!assignments) return;
  const auto named = static_cast<int64_t>(assignments->changed.size() + assignments->removed.size());
  const Duration rest = kRestPerAlloc * named + kRestPerNode * static_cast<int64_t>(pending_.size());
  session.rests_until = clock_.mono() + std::clamp<Duration>(rest, kShortestRest, kLongestRest);
  session.stream->send(rpc::AnyMessage(std::move(*assignments)));
}

void NodeSessions::send_pending() {
  const MonoTime now = clock_.mono();
  MonoTime next = now + kLongestRest;
  std::erase_if(pending_, [&](const model::NodeId& node) {
    Session* session = find(node);
    if (!session || !session->assignments) return true;
    if (session->rests_until <= now) send_assignments(*session);
    if (!session->assignments->waiting()) return true;
    next = std::min(next, session->rests_until);
    return false;
  });
  send_timer_.cancel();
  if (!pending_.empty()) send_timer_ = loop_.after(next - now, "assignments", [this] { send_pending(); });
}

// At once, and then not again before the rest is over.
void NodeSessions::send_services() {
  if (services_rest_ || !services_.waiting()) return;
  for (auto& [node, answer] : services_.next(*snapshot_)) {
    if (Session* session = find(node)) session->stream->send(rpc::AnyMessage(std::move(answer)));
  }
  services_rest_ = true;
  services_timer_ = loop_.after(kServicesRest, "services", [this] {
    services_rest_ = false;
    send_services();
  });
}

void NodeSessions::mark_lost(const model::NodeId& node) {
  const auto known = snapshot_->node(node);
  if (!known || known->status == model::NodeStatus::Down) return;
  log::warn("node missed its heartbeat", {{"node", node.str()}, {"name", known->name}});
  state::UpdateNodeStatus lost{.node_id = node,
                               .status = status_when_lost(*snapshot_, *known),
                               .description = "heartbeat missed",
                               .evals = evals_for_jobs_on(*snapshot_, node, random_),
                               .time = clock_.now()};
  submit(node, state::make_command(std::move(lost)), nullptr);
}

void NodeSessions::arm_timer() {
  timer_.cancel();
  const auto deadline = heartbeats_.next_deadline();
  if (!deadline) return;
  const Duration wait = std::max<Duration>(*deadline - clock_.mono(), std::chrono::milliseconds(10));
  timer_ = loop_.after(wait, "heartbeats", [this] {
    for (const model::NodeId& node : heartbeats_.expired()) mark_lost(node);
    arm_timer();
  });
}

}  // namespace drover::server
