#pragma once

#include "client/agent_context.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace drover::client {

// Asks the drivers, again and again, what they can do, and keeps the node up to date. Owner: the loop's thread.
class DriverMonitor {
 public:
  // `on_change`: the node has changed.
  DriverMonitor(std::shared_ptr<AgentContext> agent, std::function<void()> on_change);
  ~DriverMonitor() { stop(); }
  DriverMonitor(const DriverMonitor&) = delete;
  DriverMonitor& operator=(const DriverMonitor&) = delete;

  // Returns when every driver has answered once, or `patience` is over; on_change is for what comes later.
  net::Task<void> start(Duration patience);
  void stop();

 private:
  struct State;
  static net::Task<void> run(std::shared_ptr<State> state, std::string name, std::shared_ptr<drivers::Driver> driver);

  std::shared_ptr<State> state_;
};

}  // namespace drover::client
