#pragma once

#include "base/mutex.h"

#include <memory>
#include <utility>

namespace drover {

// The newest version of an immutable value: one thread sets it, any thread reads it. A mutex rather than
// std::atomic<std::shared_ptr>, which ThreadSanitizer reports as racy in libstdc++ 12.
template <class T>
class Published {
 public:
  explicit Published(std::shared_ptr<const T> initial = nullptr) : value_(std::move(initial)) {}

  std::shared_ptr<const T> get() const {
    MutexLock lock(mutex_);
    return value_;
  }

  void set(std::shared_ptr<const T> value) {
    {
      MutexLock lock(mutex_);
      value_.swap(value);
    }
    // The old version, possibly the last reference to a large tree, is destroyed here, outside the lock.
  }

 private:
  mutable Mutex mutex_;
  std::shared_ptr<const T> value_ BASE_GUARDED_BY(mutex_);
};

}  // namespace drover
