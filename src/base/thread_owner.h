#pragma once

#include "base/check.h"

#include <thread>

namespace drover {

// Asserts, in debug builds, that an object is used by one thread only. `owner_.check()` is the first line of every
// public method of a single-thread class; the first call adopts the calling thread.
class ThreadOwner {
 public:
  void check() const {
#ifndef NDEBUG
    if (owner_ == std::thread::id()) owner_ = std::this_thread::get_id();
    CHECK(owner_ == std::this_thread::get_id(), "used by a thread that does not own it");
#endif
  }

  // The next check() adopts anew: for an object built on one thread and handed to another.
  void release() {
#ifndef NDEBUG
    owner_ = std::thread::id();
#endif
  }

 private:
#ifndef NDEBUG
  mutable std::thread::id owner_;
#endif
};

}  // namespace drover
