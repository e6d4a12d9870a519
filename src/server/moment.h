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
  // How long until `deadline`, zero if it has passed; at most `longest`, since it may be one by an earlier clock.
  Duration left(const Key& key, WallTime deadline, Moment now, Duration longest = Duration::max()) {
    const Anchor anchor{deadline, now.mono + std::min(deadline - now.wall, longest)};
    const auto [at, added] = anchors_.try_emplace(key, anchor);
    if (!added && at->second.deadline != deadline) at->second = anchor;
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
