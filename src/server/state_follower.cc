#include "server/state_follower.h"

namespace drover::server {

StateFollower::StateFollower(ControlLoop& loop, const StateWriter& writer, WatchIndex& watch,
                             std::vector<StateListener*> listeners)
    : loop_(loop), writer_(writer), watch_(watch), listeners_(std::move(listeners)) {}

void StateFollower::start() {
  running_ = true;
  look();
}

void StateFollower::stop() {
  running_ = false;
  registration_.cancel();
}

void StateFollower::look() {
  if (!running_) return;
  StateChanges changes = changes_between(*seen_, writer_.snapshot());
  changes.first = !told_;
  told_ = true;
  seen_ = changes.snapshot;
  for (StateListener* listener : listeners_) listener->on_changes(changes);
  wait();
}

void StateFollower::wait() {
  registration_ = watch_.wait(kFollowedTables, seen_->table_index(kFollowedTables),
                              [this] { loop_.post("state changed", [this] { look(); }); });
}

}  // namespace drover::server
