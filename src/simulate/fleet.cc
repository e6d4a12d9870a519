#include "simulate/fleet.h"

#include <future>

#include "base/log.h"
#include "net/loop.h"
#include "rpc/node_stream_client.h"

namespace drover::simulate {
namespace {

// So many nodes connect at once, so that servers and kernel queues are not flooded.
constexpr size_t kConnectAtOnce = 100;
constexpr Duration kBetweenConnects = std::chrono::milliseconds(20);

// What the nodes of a fleet share. Owned by the loop's thread.
struct Shared {
  const FleetOptions options;
  const Clock& clock;
  net::Loop loop{"simulated nodes"};
  JobTable jobs;
  size_t connected = 0;
  uint64_t messages = 0;
  std::string refusal;
};

// One node on its stream. Owned by the loop's thread.
class Member final : public rpc::NodeStreamClientHandler, public std::enable_shared_from_this<Member> {
 public:
  Member(Shared& shared, size_t index)
      : shared_(shared), node_(make_node(shared.options, index), shared.options.behaviour, shared.jobs, index) {}

  void connect() {
    stream_ = std::make_unique<rpc::NodeStreamClient>(rpc::NodeStreamClientOptions{.servers = shared_.options.servers},
                                                      std::make_unique<SystemRandom>(), rpc::executor_of(shared_.loop),
                                                      shared_from_this());
    stream_->start();
  }
  // Another thread than the loop's, once that has ended.
  void disconnect() { stream_.reset(); }

  const SimulatedNode& node() const { return node_; }
  bool welcomed() const { return welcomed_; }

  void on_connected(const std::string&) override {
    connected_ = true;
    ++shared_.connected;
    stream_->send(rpc::Hello{.node = node_.node()});
    node_.on_connected();
    send_reports();
  }

  void on_disconnected(const std::string& reason) override {
    if (!connected_) return;
    connected_ = false;
    --shared_.connected;
    welcomed_ = false;
    heartbeat_.cancel();
    log::debug("a simulated node lost its stream", {{"node", node_.node().name}, {"reason", reason}});
  }

  void on_message(rpc::AnyMessage message) override {
    ++shared_.messages;
    if (const auto* assignments = std::get_if<rpc::Assignments>(&message)) return on_assignments(*assignments);
    if (const auto* ack = std::get_if<rpc::Ack>(&message)) return node_.on_ack(ack->sequence);
    if (const auto* welcome = std::get_if<rpc::Welcome>(&message)) return on_welcome(*welcome);
    if (const auto* call = std::get_if<rpc::Call>(&message)) return refuse(call->call_id);
    if (const auto* refused = std::get_if<rpc::Refused>(&message)) shared_.refusal = refused->reason;
  }

 private:
  void on_welcome(const rpc::Welcome& welcome) {
    welcomed_ = true;
    node_.on_welcome(welcome, shared_.clock.mono());
    advance();
    beat_after(welcome.heartbeat_ttl / 2);
  }

  void on_assignments(const rpc::Assignments& assignments) {
    const auto taken = node_.on_assignments(assignments, shared_.clock.mono());
    if (!taken) return stream_->disconnect(taken.error().message());
    advance();
  }

  void advance() {
    node_.advance(shared_.clock.mono(), shared_.clock.now());
    send_reports();
    step_.cancel();
    const auto due = node_.next_due();
    if (!due) return;
    step_ = shared_.loop.after(*due - shared_.clock.mono(), "step", [self = shared_from_this()] { self->advance(); });
  }

  void send_reports() {
    if (!connected_) return;
    if (auto news = node_.take_news(shared_.clock.mono())) stream_->send(rpc::AnyMessage(std::move(*news)));
    while (connected_) {
      auto reports = node_.take_reports();
      if (!reports) return;
      stream_->send(rpc::AnyMessage(std::move(*reports)));
    }
  }

  void beat_after(Duration delay) {
    heartbeat_.cancel();
    if (delay <= Duration(0)) return;
    heartbeat_ = shared_.loop.after(delay, "heartbeat", [self = shared_from_this(), delay] {
      if (!self->connected_) return;
      self->stream_->send(rpc::Heartbeat{});
      self->beat_after(delay);
    });
  }

  void refuse(uint64_t call_id) {
    stream_->send(rpc::CallHead{.call_id = call_id,
                                .error_code = static_cast<uint8_t>(ErrorCode::NotFound) + 1,
                                .error = "a simulated node runs nothing and has no files"});
  }

  Shared& shared_;
  SimulatedNode node_;
  std::unique_ptr<rpc::NodeStreamClient> stream_;
  net::Timer heartbeat_;
  net::Timer step_;
  bool connected_ = false;
  bool welcomed_ = false;
};

}  // namespace

struct Fleet::Impl {
  Impl(FleetOptions options, const Clock& clock) : shared{.options = std::move(options), .clock = clock} {}

  void connect_next() {
    for (size_t i = 0; i < kConnectAtOnce && connecting < members.size(); ++i) members[connecting++]->connect();
    if (connecting < members.size()) shared.loop.after(kBetweenConnects, "connect", [this] { connect_next(); });
  }

  FleetStatus sum() const {
    FleetStatus out{.connected = shared.connected, .messages = shared.messages, .refusal = shared.refusal};
    for (const auto& member : members) {
      out.welcomed += member->welcomed() ? 1 : 0;
      out.reporting += member->node().has_reports() ? 1 : 0;
      out.fetches += member->node().fetches();
      out.allocs += member->node().census();
    }
    return out;
  }

  Shared shared;
  std::vector<std::shared_ptr<Member>> members;
  size_t connecting = 0;
};

Fleet::Fleet(FleetOptions options, const Clock& clock) : impl_(std::make_unique<Impl>(std::move(options), clock)) {}

Fleet::~Fleet() {
  impl_->shared.loop.stop();
  impl_->shared.loop.join();
  for (const auto& member : impl_->members) member->disconnect();
}

void Fleet::start() {
  Shared& shared = impl_->shared;
  for (size_t i = 0; i < shared.options.nodes; ++i) impl_->members.push_back(std::make_shared<Member>(shared, i));
  shared.loop.start();
  shared.loop.post("connect", [this] { impl_->connect_next(); });
}

FleetStatus Fleet::status() const {
  std::promise<FleetStatus> answer;
  impl_->shared.loop.post("status", [this, &answer] { answer.set_value(impl_->sum()); });
  return answer.get_future().get();
}

}  // namespace drover::simulate
