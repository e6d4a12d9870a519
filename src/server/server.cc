#include "server/server.h"

#include <future>

#include "base/log.h"
#include "server/deployment_watcher.h"
#include "server/drainer.h"
#include "server/job_expirer.h"
#include "server/node_watcher.h"
#include "server/periodic_dispatcher.h"
#include "server/server_parts.h"
#include "state/load.h"

namespace drover::server {
namespace {

Result<state::Snapshot> load_state(store::Engine& engine) {
  state::SnapshotLoader loader;
  TRY_LET(const uint64_t index, engine.load([&](store::TableId table, std::string_view key, std::string_view value) {
    return loader.add(static_cast<state::Table>(table), key, value);
  }));
  return loader.finish(index);
}

// One evaluation that takes long must not hold up all the others (cases.md 32).
SchedulerPoolOptions pool_options(SchedulerPoolOptions options, const HeldRegistry& held) {
  options.threads = std::max(2u, options.threads);
  options.held = &held;
  return options;
}

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

Server::Parts::Parts(ServerOptions given, std::unique_ptr<store::Engine> opened, state::Snapshot initial,
                     const Clock& time, RandomFactory random_factory)
    : options(std::move(given)),
      clock(time),
      make_random(std::move(random_factory)),
      engine(std::move(opened)),
      writer(*engine, std::move(initial), watch, clock),
      loop("control"),
      random(make_random()),
      pool(writer, clock, make_random, pool_options(options.schedulers, held)),
      evals(control, writer, pool, clock, *random),
      collector(loop, writer, clock, options.gc) {}

void Server::Parts::start_control() {
  NodeSessionsOptions session_options{.heartbeats = options.heartbeats, .server_addresses = {}, .http_addresses = {}};
  session_options.held = &held;
  if (!options.rpc_advertise.empty()) session_options.server_addresses.push_back(options.rpc_advertise);
  if (!options.http_advertise.empty()) session_options.http_addresses.push_back(options.http_advertise);
  sessions = std::make_unique<NodeSessions>(control, writer, clock, *random, std::move(session_options));
  std::vector<StateListener*> listeners{&evals, sessions.get()};
  const auto add = [&](const char* name, std::unique_ptr<Decider> decider) {
    deciders.push_back(std::make_unique<DeciderLoop>(control, writer, clock, name, std::move(decider)));
    listeners.push_back(deciders.back().get());
  };
  add("deployments", std::make_unique<DeploymentWatcher>(*random));
  add("drains", std::make_unique<Drainer>(*random));
  add("periodic jobs", std::make_unique<PeriodicDispatcher>(*random));
  add("nodes", std::make_unique<NodeWatcher>(*random));
  add("timeouts", std::make_unique<JobExpirer>(*random));
  follower = std::make_unique<StateFollower>(control, writer, watch, std::move(listeners));
  follower->start();
  collector.start();
}

void Server::Parts::stop_control() {
  follower->stop();
  collector.stop();
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
  p.pool.start([&p](const state::Row<model::Evaluation>& eval, WorkResult result) { p.evals.finished(eval, result); });
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
  run_on(p.loop, [&p] { p.stop_control(); });
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

}  // namespace drover::server
