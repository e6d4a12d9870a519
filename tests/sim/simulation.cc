#include "sim/simulation.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/log.h"
#include "server/collectable.h"
#include "sim/chaos.h"
#include "sim/invariants.h"
#include "sim/settle.h"
#include "sim/workload.h"
#include "testutil/builders.h"

namespace drover::sim {
namespace {

model::Node make_node(Random& random, size_t number) {
  testing::NodeBuilder builder("node" + std::to_string(number));
  constexpr std::array<int64_t, 3> kCpu{2000, 4000, 8000};
  builder.cpu(kCpu[random.below(3)]).memory(2048 << random.below(3)).disk(20'000);
  builder.datacenter(random.below(4) == 0 ? "dc2" : "dc1").node_class(random.below(2) == 0 ? "small" : "large");
  builder.meta("rack", "r" + std::to_string(random.below(3))).attribute("kernel.name", "linux");
  if (random.below(4) == 0) builder.reserved_port(8080);
  model::Node node = builder.build();
  node.reserved.cpu = static_cast<int64_t>(random.below(2)) * 100;
  if (random.below(3) == 0) node.cores = {0, 1, 2, 3};
  if (random.below(4) == 0) {
    node.devices = {{.vendor = "acme", .type = "gpu", .name = "g1", .instances = {{.id = "gpu-0"}, {.id = "gpu-1"}}}};
  }
  return node;
}

// How long a step takes: mostly short, sometimes long.
Duration length_of_step(Random& random) {
  constexpr std::array<uint64_t, 5> kLongest{10, 200, 2'000, 10'000, 60'000};
  return std::chrono::milliseconds(1 + random.below(kLongest[random.below(kLongest.size())]));
}

}  // namespace

Outcome run(const Options& options) {
  return Simulation(options).run();
}

std::string describe(const Outcome& outcome, const Options& options) {
  return fmt::format("{}seed {} failed: {}\nagain: drover-sim -seed {} -steps {} -trace\n", outcome.trace_tail,
                     outcome.seed, outcome.failure, outcome.seed, options.steps);
}

Simulation::Simulation(const Options& options)
    : options_(options),
      random_(options.seed),
      trace_(clock_, options.trace),
      observer_(disk_, trace_),
      network_(clock_, random_, agenda_, trace_),
      errors_before_(log::error_count()) {
  const size_t count = 3 + random_.below(8);
  for (size_t i = 0; i < count; ++i) {
    nodes_.push_back(std::make_unique<SimNode>(make_node(random_, i), network_, clock_, random_, agenda_, trace_));
  }
  start_server();
  for (const auto& node : nodes_) node->start();
}

Simulation::~Simulation() {
  network_.serve(nullptr, nullptr);
}

void Simulation::start_server() {
  auto started = SimServer::start(disk_, clock_, random_.next());
  if (!started) return fail("the stored state cannot be loaded: " + started.error().message());
  server_ = std::move(*started);
  snapshot_ = server_->snapshot();
  trace_.note("a server starts at index {}", snapshot_->index());
  observer_.see(snapshot_, true);
  network_.serve(&server_->loop(), server_->handler_factory());
}

void Simulation::kill_server() {
  if (!server_) return;
  observe();  // what was published may have been seen
  ++restarts_;
  network_.serve(nullptr, nullptr);
  server_.reset();
  disk_.after_death(chance(50));
  trace_.note("the server is killed; index {} is stored", disk_.last_index());
  const auto away = std::chrono::milliseconds(random_.below(chance(80) ? 3'000 : 400'000));
  agenda_.add(clock_.mono() + away, [this] { start_server(); });
}

void Simulation::submit(const std::string& what, state::Command command, Answered answered) {
  if (!server_) return trace_.note("{}: no server", what);
  trace_.note("{}", what);
  server_->submit(std::move(command), [this, what, answered](const Result<state::Reply>& reply) {
    if (reply) observer_.acknowledged(reply->index);
    trace_.note("{}: {}", what, reply ? fmt::format("at {}", reply->index) : reply.error().message());
    if (answered) answered(reply);
  });
}

void Simulation::collect_garbage(bool forced) {
  const auto thresholds = forced ? server::kForcedGc : server::GcThresholds{};
  state::Collect found = server::collectable(*snapshot_, clock_.now(), thresholds);
  for (const model::JobKey& job : found.jobs) observer_.job_may_go(job);
  for (state::Collect& batch : server::in_batches(std::move(found), 1 + random_.below(100))) {
    submit(fmt::format("collect {} evals, {} allocs, {} jobs, {} nodes", batch.evals.size(), batch.allocs.size(),
                       batch.jobs.size(), batch.nodes.size()),
           state::make_command(std::move(batch)));
  }
}

void Simulation::calm() {
  disk_.fill(0);
  network_.set_weather({});
  for (const auto& node : nodes_) {
    node->calm();
    node->reconnect();
    node->start();
  }
}

void Simulation::run_for(Duration time) {
  const MonoTime end = clock_.mono() + time;
  while (!observer_.failed() && act(end)) {
  }
}

// One thing; false once there is nothing left before `end`, which it is then.
bool Simulation::act(MonoTime end) {
  bool acted = false;
  try {
    // Who comes first is up to chance, so that the server may lag behind what comes in.
    if (random_.below(2) == 0) acted = agenda_.run_one(clock_.mono());
    if (!acted && server_) acted = server_->step(!workers_stopped_);
    if (!acted) acted = agenda_.run_one(clock_.mono());
  } catch (const Killed&) {
    kill_server();
    return true;
  }
  if (acted) {
    observe();
    return true;
  }
  MonoTime next = end;
  if (const auto due = agenda_.next_due()) next = std::min(next, *due);
  const auto due = server_ ? server_->next_due() : std::nullopt;
  if (due) next = std::min(next, *due);
  if (clock_.mono() >= end) return false;
  clock_.advance(std::max<Duration>(next - clock_.mono(), Duration(1)));
  return true;
}

void Simulation::observe() {
  if (log::error_count() != errors_before_) fail("an error was logged");
  if (!server_ || server_->snapshot() == snapshot_) return;
  snapshot_ = server_->snapshot();
  observer_.see(snapshot_, false);
}

void Simulation::plant_faults() {
  if (options_.disk_lies) disk_.lie(true);
  workers_stopped_ = options_.workers_stop;
}

// What nodes were told to be durable is there, or was collected.
void Simulation::check_reports() {
  for (const auto& node : nodes_) {
    for (const model::AllocId& id : node->acknowledged_ends()) {
      const auto alloc = snapshot_->alloc(id);
      if (alloc && !alloc->client_terminal()) {
        fail(fmt::format("the end of allocation {} was acknowledged to {} and is lost", id.str(), node->name()));
      }
    }
  }
}

Outcome Simulation::run() {
  Workload workload(*this);
  Chaos chaos(*this);
  nodes_.front()->set_faults(options_.node_faults);
  for (size_t step = 0; step < options_.steps && !observer_.failed(); ++step) {
    if (step == options_.steps / 2) plant_faults();
    if (chance(70)) workload.act();
    if (chance(25)) chaos.act();
    run_for(length_of_step(random_));
    check_reports();
    if (step % 50 == 49) observer_.check_history();
  }
  if (!observer_.failed()) settle(*this, workload);
  if (!observer_.failed()) observer_.check_history();
  check_reports();
  return {.seed = options_.seed,
          .failure = observer_.failure(),
          .trace_hash = trace_.hash(),
          .trace_tail = trace_.tail(),
          .index = snapshot_->index(),
          .restarts = restarts_,
          .simulated = clock_.mono() - MonoTime{1'000'000'000}};
}

}  // namespace drover::sim
