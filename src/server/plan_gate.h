#pragma once

#include "base/mutex.h"

#include <cstddef>

namespace drover::server {

// Lets plans be made beside each other, but for those that have lost against others too often: such a plan is made
// alone, so that it cannot collide with another. Between enter() and leave() a plan is made and committed; leave() may
// be called on any thread, and must not depend on a thread that waits in enter(). Thread-safe.
class PlanGate {
 public:
  void enter(bool alone) {
    MutexLock lock(mutex_);
    if (alone) ++lone_;
    while (!free_for(alone)) changed_.wait(mutex_);
    begin(alone);
  }

  // False where enter() would wait.
  bool try_enter(bool alone) {
    MutexLock lock(mutex_);
    if (alone) ++lone_;
    const bool free = free_for(alone);
    if (free) begin(alone);
    if (alone && !free) --lone_;
    return free;
  }

  void leave() {
    {
      MutexLock lock(mutex_);
      --under_way_;
      if (lone_under_way_) --lone_;
      lone_under_way_ = false;
    }
    changed_.notify_all();
  }

 private:
  bool free_for(bool alone) const __attribute__((requires_capability(mutex_))) {
    return alone ? under_way_ == 0 : lone_ == 0;
  }
  void begin(bool alone) __attribute__((requires_capability(mutex_))) {
    ++under_way_;
    lone_under_way_ = alone;
  }

  Mutex mutex_;
  ConditionVariable changed_;
  size_t under_way_ BASE_GUARDED_BY(mutex_) = 0;
  size_t lone_ BASE_GUARDED_BY(mutex_) = 0;  // waiting or under way
  bool lone_under_way_ BASE_GUARDED_BY(mutex_) = false;
};

}  // namespace drover::server
