#include "sim/sim_server.h"

#include <algorithm>
#include <array>
#include <utility>

#include "server/deployment_watcher.h"
#include "server/drainer.h"
#include "server/node_watcher.h"
#include "server/periodic_dispatcher.h"
#include "state/load.h"

namespace drover::sim {

Result<std::unique_ptr<SimServer>> SimServer::start(SimDisk& disk, const Clock& clock, uint64_t seed) {
  state::SnapshotLoader loader;
  TRY_LET(const uint64_t index, disk.load([&](store::TableId table, std::string_view key, std::string_view value) {
    return loader.add(static_cast<state::Table>(table), key, value);
  }));
  TRY_LET(state::Snapshot initial, loader.finish(index));
  return std::unique_ptr<SimServer>(new SimServer(disk, std::move(initial), clock, seed));
}

SimServer::SimServer(SimDisk& disk, state::Snapshot initial, const Clock& clock, uint64_t seed)
    : clock_(clock),
      random_(seed),
      worker_random_(seed ^ 0x5eed0001),
      order_(seed ^ 0x5eed0002),
      writer_(disk, std::move(initial), watch_, clock,
              {.max_batch = 1 + order_.below(64),
               .on_write = [&disk](const state::Command& command) { disk.note(command); }}),
      loop_(clock),
      pool_(writer_, clock, [] { return nullptr; }, {.threads = 1 + static_cast<unsigned>(order_.below(4))}),
      evals_(loop_, writer_, pool_, clock, random_),
      sessions_(loop_, writer_, clock, random_, {}) {
  std::vector<server::StateListener*> listeners{&evals_, &sessions_};
  const auto add = [&](const char* name, std::unique_ptr<server::Decider> decider) {
    deciders_.push_back(std::make_unique<server::DeciderLoop>(loop_, writer_, clock, name, std::move(decider)));
    listeners.push_back(deciders_.back().get());
  };
  add("deployments", std::make_unique<server::DeploymentWatcher>(random_));
  add("drains", std::make_unique<server::Drainer>(random_));
  add("periodic jobs", std::make_unique<server::PeriodicDispatcher>(random_));
  add("nodes", std::make_unique<server::NodeWatcher>(random_));
  pool_.start_without_threads(
      [this](const state::Row<model::Evaluation>& eval, server::WorkResult result) { evals_.finished(eval, result); });
  follower_ = std::make_unique<server::StateFollower>(loop_, writer_, watch_, std::move(listeners));
  follower_->start();
}

bool SimServer::step(bool workers_work) {
  enum Part : uint8_t { Loop, Writer, Pool };
  std::array parts{Loop, Writer, Pool};
  for (size_t left = parts.size(); left > 0; --left) {
    std::swap(parts[left - 1], parts[order_.below(left)]);
    switch (parts[left - 1]) {
      case Loop:
        if (loop_.run_one()) return true;
        break;
      case Writer:
        if (step_writer()) return true;
        break;
      case Pool:
        if (workers_work && step_pool()) return true;
        break;
    }
  }
  return false;
}

bool SimServer::step_writer() {
  if (clock_.mono() < writer_rests_until_) return false;
  // The time that the disk takes comes before the write: commands gather meanwhile, as they do during the one before.
  if (!writer_.step()) return false;
  writer_rests_until_ = clock_.mono() + pause();
  return true;
}

bool SimServer::step_pool() {
  if (clock_.mono() < pool_rests_until_ || !pool_.step(worker_random_)) return false;
  pool_rests_until_ = clock_.mono() + pause();
  return true;
}

// Mostly none, sometimes a sync of the disk, rarely a long one.
Duration SimServer::pause() {
  const uint64_t kind = order_.below(100);
  if (kind < 70) return Duration(0);
  return std::chrono::microseconds(order_.below(kind < 98 ? 5'000 : 400'000));
}

std::optional<MonoTime> SimServer::next_due() const {
  std::optional<MonoTime> due = loop_.next_due();
  for (const MonoTime rest : {writer_rests_until_, pool_rests_until_}) {
    if (rest > clock_.mono()) due = std::min(due.value_or(rest), rest);
  }
  return due;
}

void SimServer::submit(state::Command command, std::function<void(Result<state::Reply>)> done) {
  writer_.submit(std::move(command), [this, done = std::move(done)](Result<state::Reply> reply) {
    loop_.post("answer", [done, reply = std::move(reply)] { done(reply); });
  });
}

}  // namespace drover::sim
