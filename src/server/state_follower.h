#pragma once

#include "server/control_loop.h"
#include "server/state_changes.h"
#include "server/state_writer.h"
#include "server/watch.h"

#include <memory>
#include <vector>

namespace drover::server {

// Reacts to changes of the state. Several commits may come as one change; at the first call everything is new.
class StateListener {
 public:
  virtual ~StateListener() = default;
  virtual void on_changes(const StateChanges& changes) = 0;
};

// Follows the published snapshots on a loop and tells the controllers there what changed, each commit once, in order.
class StateFollower {
 public:
  // The references outlive the follower. Listeners are called in this order, on the loop.
  StateFollower(ControlLoop& loop, const StateWriter& writer, WatchIndex& watch, std::vector<StateListener*> listeners);

  // On the loop's thread. The first call of the listeners happens within.
  void start();
  // On the loop's thread, or once the loop has ended. Idempotent.
  void stop();

 private:
  void look();
  void wait();

  ControlLoop& loop_;
  const StateWriter& writer_;
  WatchIndex& watch_;
  const std::vector<StateListener*> listeners_;
  std::shared_ptr<const state::Snapshot> seen_ = std::make_shared<state::Snapshot>();
  WatchIndex::Registration registration_;
  bool running_ = false;
  bool told_ = false;  // the listeners know seen_
};

}  // namespace drover::server
