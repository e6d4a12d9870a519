#include "codec/describe.h"
#include "codec/json.h"
#include "sched/explain.h"
#include "server/child_jobs.h"
#include "server/preview.h"
#include "server/server_parts.h"

// The server as the API sees it.
namespace drover::server {
namespace {

constexpr Duration kNodeAnswerTime = std::chrono::seconds(30);

// A node's answer, as the API reads it.
class NodeCallStream final : public CallStream {
 public:
  NodeCallStream(std::shared_ptr<rpc::CallRouter> router, std::unique_ptr<rpc::CallStream> stream)
      : router_(std::move(router)), stream_(std::move(stream)) {}
  const std::string& content_type() const override { return stream_->content_type(); }
  net::Task<Result<std::optional<std::string>>> next() override { return stream_->next(); }
  net::Task<Status> send(std::string input) override { return stream_->send(std::move(input)); }

 private:
  const std::shared_ptr<rpc::CallRouter> router_;
  const std::unique_ptr<rpc::CallStream> stream_;
};

// An answer that comes from another thread.
template <class T>
struct Answer {
  net::Event event;
  std::optional<Result<T>> value;

  void set(Result<T> result) {
    value.emplace(std::move(result));
    event.set();
  }
};

}  // namespace

std::shared_ptr<const state::Snapshot> Server::snapshot() const {
  return parts_->writer.snapshot();
}

net::Task<Result<state::Reply>> Server::submit(state::Command command) {
  const auto answer = std::make_shared<Answer<state::Reply>>();
  parts_->writer.submit(std::move(command), [answer](Result<state::Reply> reply) { answer->set(std::move(reply)); });
  const bool answered = co_await answer->event.wait();
  if (!answered) co_return err(ErrorCode::Cancelled, "the server is stopping");
  co_return std::move(*answer->value);
}

net::Task<void> Server::wait_for_change(state::TableSet tables, uint64_t index, Duration timeout) {
  net::Event event;
  const auto registration = parts_->watch.wait(tables, index, [event] { event.set(); });
  co_await event.wait(timeout);
}

Result<PlanPreview> Server::preview(const model::Job& job) {
  const sched::HeldIndex held = parts_->held.index();
  return preview_job(*snapshot(), job, parts_->clock.now(), parts_->make_random()->next(), &held);
}

Result<ChildLaunch> Server::make_dispatch(const model::JobKey& parent, std::string payload,
                                          std::map<std::string, std::string> meta, std::string token) {
  const DispatchRequest request{.parent = parent,
                                .payload = std::move(payload),
                                .meta = std::move(meta),
                                .idempotency_token = std::move(token),
                                .max_payload = parts_->options.max_dispatch_payload};
  return dispatch(*snapshot(), request, *parts_->make_random(), parts_->clock.now());
}

Result<ChildLaunch> Server::make_periodic_launch(const model::JobKey& parent) {
  return force_launch(*snapshot(), parent, *parts_->make_random(), parts_->clock.now());
}

net::Task<Status> Server::collect_garbage() {
  const auto answer = std::make_shared<Answer<Ok>>();
  parts_->collector.force([answer](Status status) { answer->set(std::move(status)); });
  const bool answered = co_await answer->event.wait();
  if (!answered) co_return err(ErrorCode::Cancelled, "the server is stopping");
  co_return std::move(*answer->value);
}

Result<codec::Value> Server::explain(const model::Job& job) {
  const sched::HeldIndex held = parts_->held.index();
  return codec::to_value(sched::explain(*snapshot(), job, parts_->clock.now(), &held));
}

net::Task<Result<std::unique_ptr<CallStream>>> Server::call_node(model::NodeId node, rpc::CallRequest request) {
  if (!snapshot()->node(node)) co_return err(ErrorCode::NotFound, "node not found: {}", node.str());
  auto router = parts_->sessions->calls_of(node);
  if (!router) co_return err(ErrorCode::Unavailable, "node {} is not connected", node.str());
  auto stream = co_await net::with_timeout(kNodeAnswerTime, "the answer of the node",
                                           rpc::start_call(router, std::move(request)));
  if (!stream) co_return err(stream.error());
  co_return std::unique_ptr<CallStream>(std::make_unique<NodeCallStream>(std::move(router), std::move(*stream)));
}

ServerInfo Server::info() const {
  const ServerOptions& options = parts_->options;
  ServerInfo info{.name = options.name + "." + options.region,
                  .region = options.region,
                  .datacenter = options.datacenter,
                  .leader_rpc_address = rpc_address(),
                  .rpc_address = rpc_address(),
                  .http_address = options.http_advertise,
                  .is_leader = true,
                  .stats = {}};
  const auto add = [&](const char* name, uint64_t value) {
    info.stats.emplace_back(name, static_cast<int64_t>(value));
  };
  const StateWriterCounters writer = parts_->writer.counters();
  add("writer.batches", writer.batches);
  add("writer.commands", writer.commands);
  add("writer.refused_writes", writer.refused_writes);
  add("writer.write_nanos", writer.write_nanos);
  add("writer.queued", writer.queued);
  const SchedulerPoolCounters pool = parts_->pool.counters();
  add("scheduler.evaluations", pool.evaluations);
  add("scheduler.placements", pool.placements);
  add("scheduler.partial_commits", pool.partial_commits);
  add("scheduler.nanos", pool.schedule_nanos);
  const EvalCounts evals = parts_->evals.counts();
  add("broker.total_ready", evals.ready);
  add("broker.total_unacked", evals.outstanding);
  add("broker.total_waiting", evals.waiting);
  add("blocked_evals.total_blocked", evals.blocked);
  add("heartbeat.active", parts_->sessions ? parts_->sessions->connected() : 0);
  return info;
}

}  // namespace drover::server
