#include "client/fingerprint/driver_monitor.h"

#include "base/log.h"
#include "client/fingerprint/fingerprint.h"

#include <utility>

namespace drover::client {

struct DriverMonitor::State {
  std::shared_ptr<AgentContext> agent;
  std::function<void()> on_change;
  bool started = false;
  size_t unanswered = 0;
  net::Notifier answered;
  std::vector<net::Spawned> loops;
};

DriverMonitor::DriverMonitor(std::shared_ptr<AgentContext> agent, std::function<void()> on_change)
    : state_(new State{.agent = std::move(agent), .on_change = std::move(on_change)}) {}

net::Task<void> DriverMonitor::start(Duration patience) {
  const auto state = state_;
  auto& agent = *state->agent;
  state->unanswered = agent.drivers.size();
  for (const auto& [name, driver] : agent.drivers) {
    state->loops.push_back(agent.loop.spawn("driver fingerprint", run(state, name, driver)));
  }
  const MonoTime deadline = agent.clock.mono() + patience;
  while (state->unanswered > 0) {
    const uint64_t seen = state->answered.version();
    const bool in_time = co_await state->answered.wait(seen, deadline - agent.clock.mono());
    if (!in_time) break;
  }
  state->started = true;
}

net::Task<void> DriverMonitor::run(std::shared_ptr<State> state, std::string name,
                                   std::shared_ptr<drivers::Driver> driver) {
  for (bool first = true;; first = false) {
    const auto info = co_await driver->fingerprint();
    const bool changed = apply_driver(state->agent->node, name, info);
    if (changed) {
      log::info("driver fingerprint", {{"driver", name},
                                       {"detected", info.detected},
                                       {"healthy", info.healthy},
                                       {"description", info.health_description}});
    }
    if (changed && state->started && state->on_change) state->on_change();
    if (first) {
      state->unanswered--;
      state->answered.notify();
    }
    co_await net::sleep_for(state->agent->options.fingerprint_interval);
  }
}

void DriverMonitor::stop() {
  state_->on_change = nullptr;
  for (auto& loop : state_->loops) loop.cancel();
}

}  // namespace drover::client
