#pragma once

#include "base/clock.h"

#include <algorithm>
#include <map>

namespace drover::server {

// Both times of one moment.
struct Moment {
  WallTime wall;
  MonoTime mono;

  static Moment of(const Clock& clock) { return {clock.now(), clock.mono()}; }
};

// Wall-clock deadlines that hold although somebody sets the clock (cases.md 24): the time that is left is measured
// once, when the deadline is first seen, and counted in monotonic time from then on.
template <class Key>
class Deadlines {
 public:
  // How long until `deadline`, zero if it has passed.
  Duration left(const Key& key, WallTime deadline, Moment now) {
    const auto [at, added] = anchors_.try_emplace(key, Anchor{deadline, now.mono + (deadline - now.wall)});
    if (!added && at->second.deadline != deadline) at->second = {deadline, now.mono + (deadline - now.wall)};
    return std::max<Duration>(at->second.due - now.mono, Duration(0));
  }
  // It counts anew from now on.
  void restart(const Key& key, WallTime deadline, MonoTime due) { anchors_[key] = {deadline, due}; }
  void forget(const Key& key) { anchors_.erase(key); }

 private:
  struct Anchor {
    WallTime deadline;
    MonoTime due;
  };
  std::map<Key, Anchor> anchors_;
};

}  // namespace drover::server
