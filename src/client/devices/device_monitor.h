#pragma once

#include "client/slots.h"
#include "drivers/devices/device_source.h"
#include "model/allocation.h"
#include "model/node.h"
#include "net/loop.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace drover::client {

// Looks, again and again, what devices there are, and asks for what tasks need to use theirs. Owner: the loop's thread;
// the sources are asked on the pool, each by one thread at a time.
class DeviceMonitor {
 public:
  using Sources = std::vector<std::shared_ptr<drivers::DeviceSource>>;

  DeviceMonitor(net::Loop& loop, net::BlockingPool& pool, Sources sources);
  ~DeviceMonitor() { stop(); }
  DeviceMonitor(const DeviceMonitor&) = delete;
  DeviceMonitor& operator=(const DeviceMonitor&) = delete;

  // Returns when everything was looked at once, or `patience` is over: a driver may hang. `on_change`: groups() is
  // another than before; also for the first time.
  net::Task<void> start(Duration patience, std::function<void()> on_change);
  void stop();

  const std::vector<model::NodeDeviceGroup>& groups() const { return state_->groups; }

  // For what a task was given. Unavailable if one of the devices cannot be used any more.
  net::Task<Result<std::vector<drivers::DeviceReservation>>> reserve(std::vector<model::AllocatedDevice> given);
  // What all of them do at the moment; those that cannot tell are missing.
  net::Task<std::vector<drivers::DeviceUse>> use();
  // For tasks in images that were given nothing.
  std::map<std::string, std::string> denial() const { return state_->denial; }

 private:
  struct Watched {
    std::shared_ptr<drivers::DeviceSource> source;
    std::shared_ptr<Slots> slot = std::make_shared<Slots>(1);
    std::vector<model::NodeDeviceGroup> groups;
    std::map<std::string, std::string> denial;
  };
  struct State {
    net::BlockingPool& pool;
    std::vector<Watched> watched;
    std::function<void()> on_change;
    std::vector<model::NodeDeviceGroup> groups;
    std::map<std::string, std::string> denial;
    size_t unanswered = 0;
    net::Notifier answered;
  };

  static net::Task<void> look(std::shared_ptr<State> state, size_t index);
  static net::Task<void> run(std::shared_ptr<State> state, size_t index);
  static const Watched* owner(const State& state, const model::AllocatedDevice& given);

  net::Loop& loop_;
  std::shared_ptr<State> state_;
  std::vector<net::Spawned> loops_;
};

}  // namespace drover::client
