#pragma once

#include "base/mutex.h"

#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace drover {

// An unbounded queue between threads. Callers that feed it from outside bound what they put in. Thread-safe.
template <class T>
class BlockingQueue {
 public:
  // False, and `item` is dropped, once closed.
  bool push(T item) {
    {
      MutexLock lock(mutex_);
      if (closed_) return false;
      items_.push_back(std::move(item));
    }
    ready_.notify_one();
    return true;
  }

  // Waits for the first item and takes all that are there, at most `limit`; empty once closed and drained.
  std::vector<T> pop_all(size_t limit) {
    MutexLock lock(mutex_);
    while (items_.empty() && !closed_) ready_.wait(mutex_);
    std::vector<T> out;
    while (!items_.empty() && out.size() < limit) {
      out.push_back(std::move(items_.front()));
      items_.pop_front();
    }
    return out;
  }

  std::optional<T> pop() {
    MutexLock lock(mutex_);
    while (items_.empty() && !closed_) ready_.wait(mutex_);
    if (items_.empty()) return std::nullopt;
    T item = std::move(items_.front());
    items_.pop_front();
    return item;
  }

  void close() {
    {
      MutexLock lock(mutex_);
      closed_ = true;
    }
    ready_.notify_all();
  }

  size_t size() const {
    MutexLock lock(mutex_);
    return items_.size();
  }

 private:
  mutable Mutex mutex_;
  ConditionVariable ready_;
  std::deque<T> items_ BASE_GUARDED_BY(mutex_);
  bool closed_ BASE_GUARDED_BY(mutex_) = false;
};

}  // namespace drover
