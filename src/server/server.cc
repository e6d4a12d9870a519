#include "server/server.h"

#include <atomic>
#include <future>

#include "base/log.h"
#include "rpc/node_stream_server.h"
#include "sched/scheduler.h"
#include "server/eval_controller.h"
#include "server/node_sessions.h"
#include "server/state_follower.h"
#include "server/state_writer.h"
#include "server/watch.h"
#include "state/load.h"

namespace drover::server {
namespace {

constexpr Duration kNodeAnswerTime = std::chrono::seconds(30);

Result<state::Snapshot> load_state(store::Engine& engine) {
  state::SnapshotLoader loader;
  TRY_LET(const uint64_t index, engine.load([&](store::TableId table, std::string_view key, std::string_view value) {
    return loader.add(static_cast<state::Table>(table), key, value);
  }));
  return loader.finish(index);
}

// A node's answer, as the API reads it.
class NodeCallStream final : public CallStream {
 public:
  NodeCallStream(std::shared_ptr<rpc::CallRouter> router, std::unique_ptr<rpc::CallStream> stream)
      : router_(std::move(router)), stream_(std::move(stream)) {}
  const std::string& content_type() const override { return stream_->content_type(); }
  net::Task<Result<std::optional<std::string>>> next() override { return stream_->next(); }

 private:
  const std::shared_ptr<rpc::CallRouter> router_;
  const std::unique_ptr<rpc::CallStream> stream_;
};

// Runs `work` on the loop and waits for it. REQUIRES that the loop runs and that this is another thread.
void run_on(net::Loop& loop, std::function<void()> work) {
  std::promise<void> done;
  loop.post("server", [&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace

// Declared in the order in which they depend on each other, and so destroyed in reverse.
struct Server::Parts {
  Parts(ServerOptions given, std::unique_ptr<store::Engine> opened, state::Snapshot initial, const Clock& time,
        RandomFactory random_factory)
      : options(std::move(given)),
        clock(time),
        make_random(std::move(random_factory)),
        engine(std::move(opened)),
        writer(*engine, std::move(initial), watch, clock),
        loop("control"),
        random(make_random()),
        pool(writer, clock, make_random, options.schedulers),
        evals(loop, pool, clock) {}

  void start_control();

  const ServerOptions options;
  const Clock& clock;
  const RandomFactory make_random;
  const std::unique_ptr<store::Engine> engine;
  WatchIndex watch;
  StateWriter writer;
  net::Loop loop;
  const std::unique_ptr<Random> random;  // the control loop's
  SchedulerPool pool;
  EvalController evals;
  std::unique_ptr<NodeSessions> sessions;
  std::unique_ptr<StateFollower> follower;
  std::unique_ptr<rpc::NodeStreamServer> streams;
  std::atomic<bool> running{false};
};

void Server::Parts::start_control() {
  NodeSessionsOptions session_options{.heartbeats = options.heartbeats, .server_addresses = {}};
  if (!options.rpc_advertise.empty()) session_options.server_addresses.push_back(options.rpc_advertise);
  sessions = std::make_unique<NodeSessions>(loop, writer, clock, *random, std::move(session_options));
  follower = std::make_unique<StateFollower>(loop, writer, watch, std::vector<StateListener*>{&evals, sessions.get()});
  follower->start();
}

Result<std::unique_ptr<Server>> Server::open(ServerOptions options, std::unique_ptr<store::Engine> engine,
                                             const Clock& clock, RandomFactory make_random) {
  const MonoTime begin = clock.mono();
  TRY_LET(state::Snapshot initial, load_state(*engine));
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(clock.mono() - begin).count();
  log::info("state loaded", {{"index", initial.index()},
                             {"jobs", initial.jobs().size()},
                             {"allocs", initial.allocs().size()},
                             {"nodes", initial.nodes().size()},
                             {"milliseconds", millis}});
  auto parts =
      std::make_unique<Parts>(std::move(options), std::move(engine), std::move(initial), clock, std::move(make_random));
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() {
  stop();
}

Status Server::start() {
  Parts& p = *parts_;
  p.writer.start();
  p.loop.start();
  p.pool.start([&p](model::EvalId id, WorkResult result) { p.evals.finished(id, result); });
  p.running = true;
  run_on(p.loop, [&p] { p.start_control(); });
  rpc::NodeStreamServerOptions options;
  options.bind_address = p.options.rpc_bind;
  options.port = p.options.rpc_port;
  p.streams = std::make_unique<rpc::NodeStreamServer>(options, rpc::executor_of(p.loop), p.sessions->handler_factory());
  return p.streams->start();
}

void Server::stop() {
  Parts& p = *parts_;
  if (!p.running.exchange(false)) return;
  if (p.streams) p.streams->stop();
  p.pool.stop();
  run_on(p.loop, [&p] { p.follower->stop(); });
  p.loop.stop();
  p.loop.join();
  p.watch.close();
  p.writer.stop();
  p.streams.reset();
  p.engine->close();
}

uint16_t Server::rpc_port() const {
  return parts_->streams->port();
}

std::string Server::rpc_address() const {
  const ServerOptions& options = parts_->options;
  if (!options.rpc_advertise.empty()) return options.rpc_advertise;
  const std::string host = options.rpc_bind == "0.0.0.0" ? "127.0.0.1" : options.rpc_bind;
  return fmt::format("{}:{}", host, rpc_port());
}

std::shared_ptr<const state::Snapshot> Server::snapshot() const {
  return parts_->writer.snapshot();
}

net::Task<Result<state::Reply>> Server::submit(state::Command command) {
  struct Answer {
    net::Event event;
    std::optional<Result<state::Reply>> reply;
  };
  const auto answer = std::make_shared<Answer>();
  parts_->writer.submit(std::move(command), [answer](Result<state::Reply> reply) {
    answer->reply.emplace(std::move(reply));
    answer->event.set();
  });
  const bool answered = co_await answer->event.wait();
  if (!answered) co_return err(ErrorCode::Cancelled, "the server is stopping");
  co_return std::move(*answer->reply);
}

net::Task<void> Server::wait_for_change(state::TableSet tables, uint64_t index, Duration timeout) {
  net::Event event;
  const auto registration = parts_->watch.wait(tables, index, [event] { event.set(); });
  co_await event.wait(timeout);
}

Result<PlanPreview> Server::preview(const model::Job& job) {
  const auto snapshot = parts_->writer.snapshot();
  model::Job candidate = job;
  const auto stored = snapshot->job(job.key());
  if (stored) {
    const bool same = !stored->stop && model::same_specification(*stored, job);
    candidate.version = same ? stored->version : stored->version + 1;
    candidate.job_modify_index = stored->job_modify_index;
  }
  model::Evaluation eval;
  eval.ns = job.ns;
  eval.job_id = job.id;
  eval.type = job.type;
  eval.priority = job.priority;
  eval.triggered_by = model::trigger::kJobRegister;
  const auto random = parts_->make_random();
  const sched::Decision decision = sched::schedule({.snapshot = *snapshot,
                                                    .eval = eval,
                                                    .job = std::make_shared<const model::Job>(std::move(candidate)),
                                                    .now = parts_->clock.now(),
                                                    .seed = random->next()});
  return PlanPreview{.desired_updates = decision.plan.desired_updates,
                     .failed_tg_allocs = decision.failed,
                     .job_modify_index = stored ? stored->job_modify_index : 0};
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
